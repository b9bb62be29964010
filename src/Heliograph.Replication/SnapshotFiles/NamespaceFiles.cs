// SPDX-License-Identifier: Apache-2.0
using System.Text;
using Heliograph.Core.LastKnownGood;
using Heliograph.Core.Replicas;
using Heliograph.Replication.Following;
using Heliograph.Replication.Ports;
using Microsoft.Extensions.Logging;

namespace Heliograph.Replication.SnapshotFiles;

/// <summary>The files of one namespace, and what this process knows of them. One call at a time; the store sees to it.</summary>
/// <remarks>Reading is in <c>NamespaceFiles.Reading.cs</c>, writing in <c>NamespaceFiles.Writing.cs</c>.</remarks>
internal sealed partial class NamespaceFiles(NamespaceName name, IFileStore files, string root, LastKnownGoodOptions options, TimeProvider time, ILogger logger) : IDisposable
{
    private const string CurrentName = "CURRENT", StableName = "STABLE", FloorName = "FLOOR";

    private readonly string _directory = DurableFiles.Join(root, name.Value);
    private StoredGeneration? _stored; // null: nothing that CURRENT could be moved from
    private FloorFile _floor = new(Floor.None);
    private GenerationPointer? _stable;
    private bool _isRead, _hasDirectory;
    private TimeSpan _freshnessDueIn; // after _freshnessFrom, a monotonic timestamp
    private long _freshnessFrom;

    /// <summary>Taken by the store around every call.</summary>
    public SemaphoreSlim Gate { get; } = new(1, 1);

    /// <summary>What <c>STABLE</c> means, or <see langword="null"/>. Known once something was read.</summary>
    public Revision? StableRevision => _stable?.Revision;

    /// <inheritdoc/>
    public void Dispose() => Gate.Dispose();

    private string PathOf(string file) => DurableFiles.Join(_directory, file);

    /// <summary>The first time is spread over the interval by name, so that a host which starts with a thousand namespaces does not write a thousand heads at once.</summary>
    private void ScheduleFreshness(bool isFirst)
    {
        _freshnessFrom = time.GetTimestamp();
        var spread = System.Security.Cryptography.SHA256.HashData(Encoding.ASCII.GetBytes(name.Value))[0];
        _freshnessDueIn = isFirst ? options.FreshnessInterval * ((spread + 1) / 256d) : options.FreshnessInterval;
    }

    private bool IsFreshnessDue => time.GetElapsedTime(_freshnessFrom) >= _freshnessDueIn;
}
