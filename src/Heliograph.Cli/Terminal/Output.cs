// SPDX-License-Identifier: Apache-2.0
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Heliograph.Cli.Import;
using Spectre.Console;

namespace Heliograph.Cli.Terminal;

/// <summary>How results are written.</summary>
internal enum OutputFormat
{
    /// <summary>For people.</summary>
    Table,

    /// <summary>For programs: one JSON value on standard output (one a line for streams).</summary>
    Json,

    /// <summary>The same value as YAML (a document each for streams).</summary>
    Yaml,
}

/// <summary>Writes results to standard output and talk to standard error.</summary>
internal sealed class Output
{
    private const int WidthWhenNotATerminal = 4_096; // a pipe has no edge; nothing is to be wrapped for it

    private readonly HelioTerminal _terminal;
    private readonly IAnsiConsole _console;
    private readonly TextWriter _results;
    private readonly bool _noColor;

    public Output(HelioTerminal terminal, OutputFormat format, bool noColor)
        : this(terminal, format, noColor, terminal.Out, terminal.OutIsTerminal)
    {
    }

    private Output(HelioTerminal terminal, OutputFormat format, bool noColor, TextWriter results, bool isTerminal)
    {
        (_terminal, Format, _noColor, _results) = (terminal, format, noColor, results);
        var coloured = isTerminal && !noColor && string.IsNullOrEmpty(terminal.Environment("NO_COLOR"));
        _console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = coloured ? AnsiSupport.Detect : AnsiSupport.No,
            ColorSystem = coloured ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
            Out = new AnsiConsoleOutput(results),
        });
        if (!isTerminal) _console.Profile.Width = WidthWhenNotATerminal;
    }

    /// <summary>The same for talk: what a person is shown before being asked.</summary>
    public Output ForTalk() => new(_terminal, OutputFormat.Table, _noColor, _terminal.Error, _terminal.ErrorIsTerminal);

    /// <summary>The format asked for.</summary>
    public OutputFormat Format { get; }

    /// <summary>Whether programs read the result.</summary>
    public bool IsForPrograms => Format != OutputFormat.Table;

    /// <summary>Writes the result: as JSON, or as <paramref name="table"/> draws it for people.</summary>
    public void Result<T>(T value, JsonTypeInfo<T> type, Action<T> table)
    {
        if (IsForPrograms) Structured(value, type);
        else table(value);
    }

    /// <summary>Writes one value of a stream: JSON on a line of its own, or a document of YAML.</summary>
    public void StreamItem<T>(T value, JsonTypeInfo<T> type)
    {
        if (Format == OutputFormat.Yaml) _results.WriteLine("---");
        Structured(value, type);
    }

    private void Structured<T>(T value, JsonTypeInfo<T> type)
    {
        if (Format == OutputFormat.Yaml) _results.Write(YamlText.Write(JsonSerializer.SerializeToUtf8Bytes(value, type)));
        else _results.WriteLine(JsonSerializer.Serialize(value, type));
    }

    /// <summary>A table with plain columns; nothing in it is read as markup.</summary>
    public void Table(IReadOnlyList<string> columns, IEnumerable<IReadOnlyList<string>> rows)
    {
        var table = new Table().Border(TableBorder.None);
        table.ShowHeaders = columns.Any(column => column.Length > 0); // names and values explain themselves
        foreach (var column in columns) table.AddColumn(new TableColumn(new Text(column, new Style(decoration: Decoration.Bold))) { NoWrap = true, Padding = new(0, 0, 2, 0) });
        foreach (var row in rows) table.AddRow(row.Select(cell => new Text(PrintableText.OneLine(cell, int.MaxValue))));
        _console.Write(table);
    }

    /// <summary>A line of the result, for people.</summary>
    public void Line(string text = "") => _results.WriteLine(text);

    /// <summary>A line of the result in a colour, where colours are seen.</summary>
    public void Line(string text, Color color) => _console.Write(new Text(text + "\n", new Style(color)));

    /// <summary>Raw text of the result.</summary>
    public void Raw(string text) => _results.Write(text);

    /// <summary>Talk.</summary>
    public void Say(string text) => _terminal.Error.WriteLine(text);
}
