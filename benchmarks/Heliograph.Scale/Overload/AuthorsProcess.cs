// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics;
using System.Globalization;
using Heliograph.Yardstick.Load;

namespace Heliograph.Scale.Overload;

/// <summary>A process of authors, and what it has written down when it is done.</summary>
internal sealed class AuthorsProcess : IDisposable
{
    private static readonly TimeSpan ConnectWithin = TimeSpan.FromSeconds(60), AnsweredWithin = TimeSpan.FromSeconds(60), Look = TimeSpan.FromMilliseconds(20);

    private readonly MeasuredProcess _process;
    private readonly string _path;

    /// <summary>Starts it.</summary>
    /// <param name="crowd">Whose authors.</param>
    /// <param name="operations">Settings of a change.</param>
    /// <param name="port">The origin's.</param>
    /// <param name="token">The crowd's.</param>
    /// <param name="path">Its files, by the beginning of their names; also of its request ids.</param>
    public AuthorsProcess(AuthorCrowd crowd, int operations, int port, string token, string path)
    {
        (Crowd, _path) = (crowd, path);
        var program = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", "Heliograph.Scale", new DirectoryInfo(AppContext.BaseDirectory).Name, "Heliograph.Scale"));
        _process = new MeasuredProcess(program, ["authors", "--port", Text(port), "--namespace", crowd.Name, "--id", Path.GetFileName(path), "--authors", Text(crowd.Authors), "--pause", Text(crowd.Pause?.TotalSeconds ?? 0),
            "--operations", Text(operations), "--when", $"{path}.when", "--journal", $"{path}.journal"], $"{path}.log",
            new Dictionary<string, string> { [AuthorsCommand.TokenVariable] = token });
    }

    public AuthorCrowd Crowd { get; }

    /// <summary>What was answered; empty until it is done.</summary>
    public IReadOnlyList<Attempt> Attempts { get; private set; } = [];

    public void WaitUntilConnected() => _process.WaitForReadyLine(ConnectWithin);

    /// <summary>Lets it ask.</summary>
    /// <param name="from">From when, by <see cref="Attempt.Now"/>.</param>
    /// <param name="until">Until when.</param>
    public void Ask(double from, double until)
    {
        File.WriteAllText($"{_path}.part", string.Create(CultureInfo.InvariantCulture, $"{from:F6} {until:F6}"));
        File.Move($"{_path}.part", $"{_path}.when"); // whole, or not there
    }

    /// <summary>Waits until it has asked, everything was answered, and it has ended.</summary>
    public async Task DoneAsync(TimeSpan asking, CancellationToken cancellationToken)
    {
        for (var waiting = Stopwatch.StartNew(); _process.IsAlive; await Task.Delay(Look, cancellationToken))
            if (waiting.Elapsed > asking + AnsweredWithin) throw new TimeoutException($"Authors of {Crowd.Name} were not answered within {AnsweredWithin.TotalSeconds} s after the last question.");
        if (!File.Exists($"{_path}.journal")) throw new IOException($"Authors of {Crowd.Name} ended early:{Environment.NewLine}{_process.Tail()}");
        Attempts = [.. File.ReadLines($"{_path}.journal").Select(Attempt.Parse)];
    }

    public void Dispose() => _process.Dispose();

    private static string Text(double number) => number.ToString(CultureInfo.InvariantCulture);
}
