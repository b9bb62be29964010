// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Heliograph.Scale.Overload;

/// <summary>One author: a connection, a change after the other, and a note of each.</summary>
/// <param name="id">Begins its request ids.</param>
/// <param name="number">Among the authors of its namespace.</param>
/// <param name="of">How many there are.</param>
/// <param name="pause">From one change to the next; zero: at once, whatever <c>Retry-After</c> says.</param>
/// <param name="operations">Settings of a change.</param>
/// <param name="connection">Its own.</param>
internal sealed class Author(string id, int number, int of, TimeSpan pause, int operations, HttpConnection connection)
{
    private const int ValueChars = 100, KeyGroups = 100;

    private static readonly string Filler = new('.', ValueChars);

    private readonly List<Attempt> _attempts = [];

    /// <summary>What it asked. Read it when the author has stopped.</summary>
    public IReadOnlyList<Attempt> Attempts => _attempts;

    private bool IsSteady => pause > TimeSpan.Zero;

    /// <summary>Asks, from one moment to another; what is under way then is waited for.</summary>
    public async Task RunAsync(double from, double until, CancellationToken cancellationToken)
    {
        var due = from + pause.TotalSeconds * number / of; // not all at the same moment
        await WaitAsync(due, cancellationToken);
        for (var change = 0; Attempt.Now < until; change++)
        {
            await AskAsync(change, IsSteady ? due : Attempt.Now, until, cancellationToken);
            due += pause.TotalSeconds;
            if (IsSteady) await WaitAsync(Math.Min(due, until), cancellationToken);
        }
    }

    /// <summary>Asks for one change; a steady author that is sent away waits as it is told and asks for the same again.</summary>
    private async Task AskAsync(int change, double due, double until, CancellationToken cancellationToken)
    {
        var (requestId, body) = (string.Create(CultureInfo.InvariantCulture, $"{id}:{change}"), Body(change));
        while (true)
        {
            Attempt made;
            try
            {
                var (status, retryAfter, sequence) = await connection.ChangeAsync(requestId, body, cancellationToken);
                made = new(requestId, due, Attempt.Now, status, retryAfter, sequence);
            }
            catch (Exception exception) when (exception is SocketException or IOException)
            {
                made = new(requestId, due, Attempt.Now, 0, -1, 0);
                await connection.ConnectAsync(cancellationToken);
            }
            _attempts.Add(made);
            if (!IsSteady || !made.IsShed) return;
            var again = Attempt.Now + Math.Max(1, made.RetryAfter);
            if (again >= until) return;
            await WaitAsync(again, cancellationToken);
        }
    }

    private string Body(int change)
    {
        var body = new StringBuilder("{\"operations\":[");
        for (var i = 0; i < operations; i++)
            body.Append(CultureInfo.InvariantCulture, $$"""{{(i == 0 ? "" : ",")}}{"op":"put","key":"author-{{number % KeyGroups}}/{{i}}","value":"{{id}} {{change}} {{Filler}}"}""");
        return body.Append("]}").ToString();
    }

    private static async Task WaitAsync(double moment, CancellationToken cancellationToken)
    {
        if (TimeSpan.FromSeconds(moment - Attempt.Now) is var wait && wait > TimeSpan.Zero) await Task.Delay(wait, cancellationToken);
    }
}
