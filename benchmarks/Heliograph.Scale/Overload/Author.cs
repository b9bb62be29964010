// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Heliograph.Scale.Overload;

/// <summary>One author: a connection, a change after the other, and a note of each.</summary>
internal sealed class Author(AuthorCrowd crowd, int number, string id, int operations, int port, string token, Stopwatch clock) : IDisposable
{
    private const int ValueChars = 100;

    private readonly string _filler = new('.', ValueChars);
    private readonly List<Attempt> _attempts = [];
    private HttpConnection? _connection;
    private int _asked;

    public AuthorCrowd Crowd => crowd;

    /// <summary>What it asked. Read it when the author has stopped.</summary>
    public IReadOnlyList<Attempt> Attempts => _attempts;

    /// <summary>Connects, so that what is measured is asking.</summary>
    public async Task ConnectAsync(CancellationToken cancellationToken)
    {
        _connection?.Dispose();
        _connection = new HttpConnection(port, crowd.Name, token);
        await _connection.ConnectAsync(cancellationToken);
    }

    /// <summary>Asks until told to stop; what is under way then is waited for.</summary>
    /// <param name="stopping">Ends it, and is looked at between changes only.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task RunAsync(CancellationToken stopping, CancellationToken cancellationToken)
    {
        if (crowd.Pause is { } first) await PauseAsync(first * (number + 1.0) / crowd.Authors, stopping); // not all at the same moment
        for (var due = clock.Elapsed; !stopping.IsCancellationRequested; due += crowd.Pause ?? TimeSpan.Zero)
        {
            if (crowd.IsSteady) await PauseAsync(due - clock.Elapsed, stopping);
            else due = clock.Elapsed;
            if (stopping.IsCancellationRequested) break;
            await AskAsync(due, stopping, cancellationToken);
        }
    }

    /// <summary>Asks for one change; a steady author, which is sent away, waits as it is told and asks for the same again.</summary>
    private async Task AskAsync(TimeSpan due, CancellationToken stopping, CancellationToken cancellationToken)
    {
        var change = _asked++;
        var body = Body(change);
        for (var attempt = 0; ; attempt++)
        {
            var requestId = crowd.IsSteady ? string.Create(CultureInfo.InvariantCulture, $"{id}:{change}") : string.Create(CultureInfo.InvariantCulture, $"{id}:{change}:{attempt}");
            Attempt made;
            try
            {
                var (status, retryAfter, sequence) = await _connection!.ChangeAsync(requestId, body, cancellationToken);
                made = new(requestId, due.TotalSeconds, clock.Elapsed.TotalSeconds, status, retryAfter, sequence);
            }
            catch (Exception exception) when (exception is SocketException or IOException)
            {
                made = new(requestId, due.TotalSeconds, clock.Elapsed.TotalSeconds, 0, -1, 0);
                await ConnectAsync(cancellationToken);
            }
            _attempts.Add(made);
            if (!crowd.IsSteady || !made.IsShed || stopping.IsCancellationRequested) return;
            await PauseAsync(TimeSpan.FromSeconds(Math.Max(1, made.RetryAfter)), stopping);
        }
    }

    private string Body(int change)
    {
        var body = new StringBuilder("{\"operations\":[");
        for (var i = 0; i < operations; i++)
            body.Append(CultureInfo.InvariantCulture, $$"""{{(i == 0 ? "" : ",")}}{"op":"put","key":"author-{{number % 100}}/{{i}}","value":"{{id}} {{change}} {{_filler}}"}""");
        return body.Append("]}").ToString();
    }

    private static async Task PauseAsync(TimeSpan pause, CancellationToken stopping)
    {
        if (pause <= TimeSpan.Zero) return;
        try
        {
            await Task.Delay(pause, stopping);
        }
        catch (OperationCanceledException)
        {
            // Told to stop.
        }
    }

    public void Dispose() => _connection?.Dispose();
}
