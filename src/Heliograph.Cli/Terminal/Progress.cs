// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Cli.Terminal;

/// <summary>How far long work has come: one line of talk that is written over, on a terminal only.</summary>
/// <param name="terminal">Where.</param>
/// <param name="what">The work, such as <c>applying</c>.</param>
/// <param name="total">Steps in all.</param>
internal sealed class Progress(HelioTerminal terminal, string what, long total)
{
    private const int BarChars = 24, NameCharsMax = 40;
    private static readonly TimeSpan s_apart = TimeSpan.FromMilliseconds(100); // a terminal need not see more

    private long? _shownAt;

    /// <summary>So many steps are done; the last was about <paramref name="name"/>.</summary>
    public void Report(long done, string name = "")
    {
        if (!terminal.ErrorIsTerminal || total <= 1) return;
        var now = terminal.Time.GetTimestamp();
        if (done < total && _shownAt is { } shown && terminal.Time.GetElapsedTime(shown, now) < s_apart) return;
        _shownAt = now;
        var filled = (int)(BarChars * Math.Clamp(done, 0, total) / total);
        terminal.Error.Write($"\r{what} [{new string('#', filled)}{new string('.', BarChars - filled)}] {done}/{total} {PrintableText.OneLine(name, NameCharsMax),-NameCharsMax}");
    }

    /// <summary>Takes the line away.</summary>
    public void Clear()
    {
        if (_shownAt is null) return;
        terminal.Error.Write($"\r{new string(' ', 100)}\r");
        _shownAt = null;
    }
}
