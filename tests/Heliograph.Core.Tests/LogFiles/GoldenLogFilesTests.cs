// SPDX-License-Identifier: Apache-2.0
using System.Text.Json;
using Heliograph.Core.LogFiles;
using Xunit;

namespace Heliograph.Core.Tests.LogFiles;

/// <summary>The format stands still: golden-log-files.json is written by golden-log-files.py, which knows docs/reference/backup.md and nothing of this code.</summary>
public sealed class GoldenLogFilesTests
{
    private static readonly JsonElement Vectors = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "LogFiles", "golden-log-files.json"))).RootElement;

    [Fact]
    public void Headers()
    {
        foreach (var vector in Vectors.GetProperty("headers").EnumerateArray())
        {
            var header = new LogFileHeader((LogFileKind)vector.GetProperty("kind").GetInt32(), new(Hex(vector, "logId")), vector.GetProperty("begunAtMs").GetInt64());
            Assert.Equal(Hex(vector, "bytes"), header.Encode());
            Assert.True(LogFileHeader.TryDecode(Hex(vector, "bytes"), out var read, out var error), error);
            Assert.Equal(header, read);
        }
    }

    [Fact]
    public void Records()
    {
        foreach (var vector in Vectors.GetProperty("records").EnumerateArray())
        {
            var (type, payload, bytes) = ((LogRecordType)vector.GetProperty("type").GetByte(), Hex(vector, "payload"), Hex(vector, "bytes"));
            Assert.Equal(bytes, LogRecord.Encode(type, payload));
            Assert.True(LogRecord.TryDecodeHeader(bytes, out var readType, out var payloadBytes));
            Assert.Equal((type, payload.Length), (readType, payloadBytes));
            Assert.True(LogRecord.IsWhole(bytes.AsSpan(0, LogRecord.HeaderBytes), bytes.AsSpan(LogRecord.HeaderBytes)));
        }
    }

    [Fact]
    public void A_whole_backup()
    {
        var backup = Vectors.GetProperty("backup");
        byte[] front = [.. new LogFileHeader(LogFileKind.Backup, new(Hex(Vectors.GetProperty("headers")[0], "logId")), 1_700_000_000_000).Encode(), .. LogRecord.Encode(LogRecordType.TrustRoot, Hex(backup, "root"))];
        foreach (var entry in backup.GetProperty("entries").EnumerateArray()) front = [.. front, .. LogRecord.Encode(LogRecordType.Entry, Convert.FromHexString(entry.GetString()!))];
        front = [.. front, .. LogRecord.Encode(LogRecordType.Head, Hex(backup, "head"))];
        var end = new LogFileEnd(backup.GetProperty("entries").GetArrayLength(), new(System.Security.Cryptography.SHA256.HashData(front)));
        Assert.Equal(Hex(Vectors.GetProperty("end"), "payload"), end.Encode());
        byte[] whole = [.. front, .. LogRecord.Encode(LogRecordType.End, end.Encode())];
        Assert.Equal(Hex(backup, "bytes"), whole);
        Assert.True(LogFileEnd.TryDecode(end.Encode(), out var read));
        Assert.Equal(end, read);
    }

    [Fact]
    public void Every_flipped_bit_of_a_header_or_a_record_is_found()
    {
        var header = Hex(Vectors.GetProperty("headers")[0], "bytes");
        var record = Hex(Vectors.GetProperty("records")[1], "bytes");
        foreach (var (bytes, isWhole) in new[] { (header, (Func<byte[], bool>)IsHeader), (record, IsRecord) })
            for (var bit = 0; bit < 8 * bytes.Length; bit++)
            {
                Assert.True(isWhole(bytes));
                var flipped = (byte[])bytes.Clone();
                flipped[bit / 8] ^= (byte)(1 << (bit % 8));
                Assert.False(isWhole(flipped), $"Bit {bit} may be flipped.");
            }

        static bool IsHeader(byte[] bytes) => LogFileHeader.TryDecode(bytes, out _, out _);
        static bool IsRecord(byte[] bytes) => LogRecord.TryDecodeHeader(bytes, out _, out var length) && length == bytes.Length - LogRecord.HeaderBytes - LogRecord.TrailerBytes
            && LogRecord.IsWhole(bytes.AsSpan(0, LogRecord.HeaderBytes), bytes.AsSpan(LogRecord.HeaderBytes));
    }

    private static byte[] Hex(JsonElement vector, string name) => Convert.FromHexString(vector.GetProperty(name).GetString()!);
}
