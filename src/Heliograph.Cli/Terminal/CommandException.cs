// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Cli.Terminal;

/// <summary>Ends a command: what went wrong, where, and what to do next. Printed to standard error; never holds a secret.</summary>
internal sealed class CommandException(ExitCode code, string what, string? where = null, string? next = null, IReadOnlyList<string>? details = null)
    : Exception(what)
{
    /// <summary>Most details printed one by one; the rest are counted.</summary>
    public const int DetailsMax = 50;

    /// <summary>The exit code of the process.</summary>
    public ExitCode Code { get; } = code;

    /// <summary>Kind of the server's problem, such as <c>revision_conflict</c>, where it came from one.</summary>
    public string? Kind { get; init; }

    /// <summary>The call, file or option it is about.</summary>
    public string? Where { get; } = where;

    /// <summary>The reader's next step.</summary>
    public string? Next { get; } = next;

    /// <summary>Each single fault, where there are several.</summary>
    public IReadOnlyList<string> Details { get; } = details ?? [];

    /// <summary>Writes all of it, a line each, with control characters made visible.</summary>
    public void WriteTo(TextWriter error)
    {
        error.WriteLine($"error: {PrintableText.OneLine(Message, int.MaxValue)}");
        foreach (var detail in Details.Take(DetailsMax)) error.WriteLine($"  - {PrintableText.OneLine(detail, int.MaxValue)}");
        if (Details.Count > DetailsMax) error.WriteLine($"  - and {Details.Count - DetailsMax} more");
        if (Where is not null) error.WriteLine($"  where: {PrintableText.OneLine(Where, int.MaxValue)}");
        if (Next is not null) error.WriteLine($"  next:  {PrintableText.OneLine(Next, int.MaxValue)}");
    }
}
