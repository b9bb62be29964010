// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Text;

namespace Heliograph.Storage.Sqlite.Tests.Faults;

/// <summary>Reads what <c>strace -f -y -xx</c> wrote: every string, paths included, is in hexadecimal.</summary>
internal static class SyscallTrace
{
    /// <summary>The calls to record: all by which bytes or names reach a disk.</summary>
    public const string Calls = "openat,pwrite64,pwritev,write,writev,ftruncate,fallocate,fsync,fdatasync,sync_file_range,rename,renameat,renameat2,unlink,unlinkat,link,linkat";

    /// <summary>The events on files below <paramref name="root"/>.</summary>
    /// <exception cref="InvalidDataException">A call was used that the model of the disk does not know: it must learn it first.</exception>
    public static List<DiskEvent> Parse(IEnumerable<string> lines, string root)
    {
        var events = new List<DiskEvent>();
        var unfinished = new Dictionary<string, string>();
        foreach (var line in lines)
        {
            var space = line.IndexOf(' ', StringComparison.Ordinal);
            var (process, call) = (line[..space], line[space..].TrimStart());
            if (call.StartsWith("+++", StringComparison.Ordinal) || call.StartsWith("---", StringComparison.Ordinal)) continue;
            const string cut = " <unfinished ...>";
            if (call.EndsWith(cut, StringComparison.Ordinal))
            {
                unfinished[process] = call[..^cut.Length];
                continue;
            }
            if (call.StartsWith("<... ", StringComparison.Ordinal)) call = unfinished[process] + call[(call.IndexOf("resumed>", StringComparison.Ordinal) + "resumed>".Length)..];
            if (Event(call, root) is { } happened) events.Add(happened);
        }
        return events;
    }

    private static DiskEvent? Event(string call, string root)
    {
        var result = call.LastIndexOf(" = ", StringComparison.Ordinal);
        if (result < 0 || call.AsSpan(result + 3).StartsWith("-1")) return null;
        var (name, arguments) = (call[..call.IndexOf('(', StringComparison.Ordinal)], call[..result]);
        var path = name switch
        {
            "openat" => Descriptor(call[result..]),
            "rename" or "unlink" => Text(Quoted(arguments).FirstOrDefault() ?? []),
            _ => Descriptor(arguments),
        };
        if (path is null || !path.StartsWith(root, StringComparison.Ordinal)) return null;
        return name switch
        {
            "openat" when arguments.Contains("O_TRUNC", StringComparison.Ordinal) => throw Unknown(call),
            "openat" when arguments.Contains("O_CREAT", StringComparison.Ordinal) => new(DiskAction.Create, path),
            "openat" => null,
            "pwrite64" or "pwritev" => new(DiskAction.Write, path, LastNumber(arguments), [.. Quoted(arguments).SelectMany(bytes => bytes)]),
            "ftruncate" => new(DiskAction.Truncate, path, LastNumber(arguments)),
            "fsync" or "fdatasync" => new(Directory.Exists(path) ? DiskAction.FlushDirectory : DiskAction.Flush, path),
            "rename" => new(DiskAction.Rename, path, Target: Text(Quoted(arguments).Last())),
            "unlink" => new(DiskAction.Delete, path),
            _ => throw Unknown(call),
        };
    }

    private static InvalidDataException Unknown(string call) => new($"The model of the disk does not know this: {call[..Math.Min(call.Length, 200)]}");

    /// <summary>The path in the first <c>fd&lt;path&gt;</c>.</summary>
    private static string? Descriptor(string text)
    {
        var open = text.IndexOf("<\\x", StringComparison.Ordinal);
        return open < 0 ? null : Text(Octets(text.AsSpan(open + 1, text.IndexOf('>', open) - open - 1)));
    }

    private static IEnumerable<byte[]> Quoted(string text)
    {
        for (var open = text.IndexOf('"', StringComparison.Ordinal); open >= 0; open = text.IndexOf('"', open))
        {
            var close = text.IndexOf('"', open + 1);
            if (text.AsSpan(close + 1).StartsWith("...")) throw Unknown(text); // cut short: the limit of strace -s is too small
            yield return Octets(text.AsSpan(open + 1, close - open - 1));
            open = close + 1;
        }
    }

    private static byte[] Octets(ReadOnlySpan<char> hexadecimal)
    {
        var octets = new byte[hexadecimal.Length / 4]; // \xhh
        for (var i = 0; i < octets.Length; i++) octets[i] = byte.Parse(hexadecimal.Slice((4 * i) + 2, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
        return octets;
    }

    private static string Text(byte[] octets) => Encoding.UTF8.GetString(octets);

    private static long LastNumber(string arguments)
    {
        var start = arguments.LastIndexOf(", ", StringComparison.Ordinal) + 2;
        var digits = arguments.AsSpan(start, arguments.LastIndexOf(')') - start);
        return digits.StartsWith("0x") ? long.Parse(digits[2..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture)
            : digits.StartsWith("\\x") ? throw new InvalidDataException("A number was expected.")
            : long.Parse(digits, CultureInfo.InvariantCulture);
    }
}
