// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Security.Cryptography;
using Google.Protobuf;
using Heliograph.Core.Heads;
using Heliograph.Core.Log;
using Heliograph.Core.LogFiles;
using Heliograph.Core.State;
using Heliograph.Core.Wire;
using Heliograph.Origin.Recovery;
using Heliograph.Platform.LogFiles;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;
using SignedHead = Heliograph.Core.Heads.SignedHead;

namespace Heliograph.Origin.Tests.Recovery;

/// <summary>A large log, restored and read back; how long it takes is told, not judged.</summary>
public sealed class RestoreTimeTests : IHeadSigner, IDisposable
{
    private const int SettingsOfNamespace = 1_000;

    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly string _directory = Directory.CreateTempSubdirectory("helio-restore-time-").FullName;

    public string KeyId => "time-1";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public byte[] Sign(ReadOnlySpan<byte> data) => _key.SignData(data, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);

    [Fact]
    public async Task A_million_entries_in_the_long_campaign_and_ten_thousand_otherwise()
    {
        var entries = Environment.GetEnvironmentVariable("HELIOGRAPH_NIGHTLY") == "1" ? 1_000_000 : 10_000;
        var path = Path.Combine(_directory, "large.backup");
        Write(path, entries);
        var verified = TimeProvider.System.GetTimestamp();
        var file = LogFile.Open(path, null, Cancel);
        var began = TimeProvider.System.GetTimestamp();

        var report = await new LogRestore(NullLogger.Instance, TimeProvider.System).RunAsync(new() { DataDirectory = Path.Combine(_directory, "new"), Sources = [file] }, _ => { }, Cancel);
        Assert.Equal((entries, entries), (report.Revision.Sequence, report.Added));
        TestContext.Current.TestOutputHelper?.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{entries} entries, {new FileInfo(path).Length >> 20} MiB: checked in {TimeProvider.System.GetElapsedTime(verified, began).TotalSeconds:0.0} s, restored and read back in {TimeProvider.System.GetElapsedTime(began).TotalSeconds:0.0} s"));
    }

    public void Dispose()
    {
        _key.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    private void Write(string path, int entries)
    {
        var anchor = TrustAnchor.Seal(new TrustRoot
        {
            Format = 1, RootVersion = 1, Realm = "large", Nonce = ByteString.CopyFrom(new byte[16]),
            HeadKeys = { new HeadKey { KeyId = KeyId, Algorithm = TrustAnchor.EcdsaP256Sha256, PublicKey = ByteString.CopyFrom(_key.ExportSubjectPublicKeyInfo()) } },
        });
        using var writer = LogFileWriter.Create(path, LogFileKind.Backup, RealmTrust.From(anchor), DateTimeOffset.UnixEpoch);
        var (state, batch, tip) = (RealmState.Empty(anchor.LogId), new List<LogEntry>(), LogTip.Empty);
        for (var i = 1; i <= entries; i++)
        {
            var entry = LogEntry.Seal(Entry(anchor.LogId, tip, i));
            tip = new(entry.Revision, entry.Hash, entry.Content.CommittedAtMs);
            writer.Add(entry);
            batch.Add(entry);
            if (batch.Count < 1_000 && i < entries) continue;
            state = state.Apply(batch);
            batch.Clear();
        }
        writer.Add(SignedHead.Seal(new Head
        {
            LogId = ByteString.CopyFrom(anchor.LogId.ToArray()), Epoch = 1, Sequence = (ulong)entries, EntryHash = ByteString.CopyFrom(tip.Hash.ToArray()), DirectoryRoot = ByteString.CopyFrom(state.Directory.Root.ToArray()),
            IssuedAtMs = 1_700_000_000_000, ExpiresAtMs = 1_700_000_600_000, HeartbeatSeconds = 10, RootVersion = 1,
        }, this));
        writer.End();
    }

    /// <summary>The first entries make ten namespaces; each after that puts one of their settings.</summary>
    private static Entry Entry(Hash256 logId, LogTip tip, int number)
    {
        var entry = new Entry
        {
            LogId = ByteString.CopyFrom(logId.ToArray()), Epoch = 1, Sequence = (ulong)number, PreviousHash = ByteString.CopyFrom(tip.Hash.ToArray()), CommittedAtMs = 1_600_000_000_000 + number,
            RequestId = $"request-{number}", RequestDigest = ByteString.CopyFrom(new byte[32]), Actor = "author", Message = "a change", Namespace = $"team-{number % 10}.prod",
        };
        if (number <= 10) entry.CreateNamespace = new();
        else entry.ChangeSettings = new() { Changes = { new SettingChange { Key = $"service:key-{number / 10 % SettingsOfNamespace}", Put = new() { Value = ByteString.CopyFromUtf8($"value of {number}, such as services have") } } } };
        return entry;
    }
}
