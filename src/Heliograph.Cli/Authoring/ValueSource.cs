// SPDX-License-Identifier: Apache-2.0
using System.Text;
using Heliograph.Cli.Import;
using Heliograph.Cli.Terminal;

namespace Heliograph.Cli.Authoring;

/// <summary>Where a value or a document comes from: the command line, a file, or standard input.</summary>
internal static class ValueSource
{
    private const int DocumentBytesMax = 64 << 20; // as large as a namespace

    /// <summary>The text itself, the content of <c>@FILE</c>, or standard input for <c>-</c>; a byte-order mark is dropped, a last line end is kept.</summary>
    /// <exception cref="CommandException">It cannot be read, is larger than a value may be, or is no text.</exception>
    public static async Task<string> ReadAsync(string value, HelioTerminal terminal, CancellationToken cancellationToken)
    {
        if (value != "-" && !value.StartsWith('@')) return value;
        var source = value == "-" ? "standard input" : value[1..];
        var bytes = await ReadBytesAsync(value == "-" ? "-" : value[1..], Limits.ValueBytesMax + 4, terminal, cancellationToken); // and a byte-order mark
        try
        {
            return Encoding.UTF8.GetString(DocumentText.ToUtf8(bytes, source).Span);
        }
        catch (ImportException refused)
        {
            throw refused.ToCommandException();
        }
    }

    /// <summary>The bytes of a document: a file, or standard input for <c>-</c>.</summary>
    public static Task<ReadOnlyMemory<byte>> ReadDocumentAsync(string path, HelioTerminal terminal, CancellationToken cancellationToken) =>
        ReadBytesAsync(path, DocumentBytesMax, terminal, cancellationToken);

    /// <summary>A refused document as the end of the command.</summary>
    public static CommandException ToCommandException(this ImportException refused) =>
        new(ExitCode.Usage, "The document is refused; nothing was sent.", refused.Document, "Correct what is named above.", refused.Faults);

    private static async Task<ReadOnlyMemory<byte>> ReadBytesAsync(string path, int bytesMax, HelioTerminal terminal, CancellationToken cancellationToken)
    {
        try
        {
            if (path == "-") return await ReadAllAsync(terminal.In, path, bytesMax, cancellationToken);
            await using var file = File.OpenRead(path);
            return await ReadAllAsync(file, path, bytesMax, cancellationToken);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new CommandException(ExitCode.Usage, $"The file cannot be read: {exception.Message}", path, "Check the path and its permissions.");
        }
    }

    private static async Task<ReadOnlyMemory<byte>> ReadAllAsync(Stream stream, string path, int bytesMax, CancellationToken cancellationToken)
    {
        using var content = new MemoryStream();
        var buffer = new byte[81_920];
        for (int read; (read = await stream.ReadAsync(buffer, cancellationToken)) > 0;)
        {
            if (content.Length + read > bytesMax) throw new CommandException(ExitCode.Usage, $"The input is larger than {bytesMax >> 20} MiB.", path == "-" ? "standard input" : path, "Split it.");
            content.Write(buffer, 0, read);
        }
        return content.GetBuffer().AsMemory(0, (int)content.Length);
    }
}
