// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics;
using System.Globalization;
using Google.Protobuf;
using Heliograph.Core.Heads;
using Heliograph.Core.Log;
using Heliograph.Core.State;
using Heliograph.Core.Wire;
using Heliograph.Platform.Trust;
using Heliograph.Storage.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;

namespace Heliograph.Benchmarks.ManyNamespaces;

/// <summary>A long log as an origin's data directory holds it: through the store, chained, a flush a batch. First every namespace is made, then they are changed in turn.</summary>
internal sealed class LogBuilder : IDisposable
{
    private static readonly NamespaceName[] s_own = [NamespaceName.Realm, NamespaceName.Credentials]; // what every realm begins with

    private const int BatchEntries = 1_000, KeysPerNamespace = 5;

    private static readonly string Filler = new('x', 40);
    private readonly string _directory;
    private readonly int _namespaces;

    /// <summary>Makes the realm's keys in a directory.</summary>
    public LogBuilder(string directory, int namespaces)
    {
        (_directory, _namespaces) = (Directory.CreateDirectory(directory).FullName, namespaces);
        Anchor = RealmKeys.Create("bench", _directory);
    }

    public TrustAnchor Anchor { get; }

    /// <summary>Entries in the log.</summary>
    public long Entries { get; private set; }

    public static NamespaceName Name(int index) => NamespaceName.Parse(string.Create(CultureInfo.InvariantCulture, $"team-{index % 500}.service-{index}"));

    /// <summary>Appends until there are so many, or the time is over.</summary>
    public async Task BuildAsync(int entries, TimeSpan within)
    {
        var clock = Stopwatch.StartNew();
        await using var store = await SqliteLogStore.OpenAsync(new() { Path = Path.Combine(_directory, "log.db"), LogId = Anchor.LogId }, TimeProvider.System, NullLogger.Instance, CancellationToken.None);
        if (await store.CampaignAsync("builder", TimeSpan.FromMinutes(10), CancellationToken.None) is not LeadershipAnswer.Held { Token: var token }) throw new IOException("The right to append to a new log was not given.");
        for (var tip = LogTip.Empty; Entries < entries && clock.Elapsed < within;)
        {
            var batch = new List<LogEntry>(BatchEntries);
            for (var last = tip; batch.Count < BatchEntries; last = new LogTip(batch[^1].Revision, batch[^1].Hash, batch[^1].Content.CommittedAtMs)) batch.Add(Next(last));
            if (await store.AppendAsync(new AppendBatch(tip, token, batch), CancellationToken.None) is not AppendAnswer.Appended { Tip: var appended }) throw new IOException($"A batch was not appended behind {tip.Revision}.");
            (tip, Entries) = (appended, Entries + batch.Count);
        }
        await store.ResignAsync(token, CancellationToken.None);
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private LogEntry Next(LogTip tip)
    {
        var (index, revision) = (tip.Revision.Sequence - s_own.Length, tip.Revision.Next());
        var entry = new Entry
        {
            LogId = Bytes(Anchor.LogId),
            Epoch = (uint)revision.Epoch,
            Sequence = (ulong)revision.Sequence,
            PreviousHash = Bytes(tip.Hash),
            CommittedAtMs = Math.Max(tip.CommittedAtMs, DateTimeOffset.UnixEpoch.AddYears(56).AddSeconds(revision.Sequence).ToUnixTimeMilliseconds()),
            RequestId = string.Create(CultureInfo.InvariantCulture, $"request-{revision.Sequence:d12}"),
            RequestDigest = Bytes(Hash256.Zero),
            Actor = "bench",
            Namespace = (index < 0 ? s_own[tip.Revision.Sequence] : Name((int)(index % _namespaces))).Value,
        };
        if (index < _namespaces) entry.CreateNamespace = new CreateNamespace();
        else
        {
            var key = string.Create(CultureInfo.InvariantCulture, $"section:key{index / _namespaces % KeysPerNamespace}");
            var value = SettingRecord.WireOf(Setting.Of(key, string.Create(CultureInfo.InvariantCulture, $"{index} {Filler}")));
            entry.ChangeSettings = new ChangeSettings { Changes = { new SettingChange { Key = key, Put = value } } };
        }
        return LogEntry.Seal(entry);
    }

    private static ByteString Bytes(Hash256 hash) => UnsafeByteOperations.UnsafeWrap(hash.ToArray());
}
