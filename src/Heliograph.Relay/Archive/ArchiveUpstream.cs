// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Heads;
using Heliograph.Core.Log;
using Heliograph.Protocol;
using Heliograph.Replication.Entries;
using Heliograph.Replication.Ports;

namespace Heliograph.Relay.Archive;

/// <summary>Where an archive gets the log from: the relay's parents, the first that has it. Used by the archive's loop alone.</summary>
/// <param name="id">Id of the relay.</param>
/// <param name="parents">Nearest first; a parent may be an origin or another archive.</param>
/// <param name="dialer">How they are reached.</param>
internal sealed class ArchiveUpstream(string id, IReadOnlyList<ParentAddress> parents, IDialer dialer)
{
    /// <summary>How long a parent may wait before it answers that there is nothing.</summary>
    public static readonly TimeSpan Wait = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan s_waitFloor = TimeSpan.FromSeconds(1), s_waitCeiling = TimeSpan.FromSeconds(30);

    private readonly Random _random = new();
    private int _failures;

    /// <summary>Connects to the first parent that serves entries.</summary>
    /// <exception cref="IOException">None does; the message says why each does not.</exception>
    public async Task<(EntryStream Stream, VerifiedEntries Entries)> ConnectAsync(HeadVerifier verifier, LogTip tip, Hash256 logId, TimeProvider time, CancellationToken cancellationToken)
    {
        var reasons = new List<string>();
        for (var i = 0; i < parents.Count; i++)
        {
            var parent = parents[(_failures + i) % parents.Count]; // after a failure another is asked first: one that sends what is refused is not asked for ever
            try
            {
                var stream = await EntryStream.OpenAsync(dialer, parent, $"{id}-archive", default, logId, time, cancellationToken);
                return (stream, new(stream, verifier, tip));
            }
            catch (Exception exception) when (exception is IOException or ProtocolException)
            {
                reasons.Add($"{parent.Address}: {exception.Message}");
            }
        }
        throw new IOException(string.Join(" ", reasons));
    }

    /// <summary>An answer came: the next failure is a first one again.</summary>
    public void Succeeded() => _failures = 0;

    /// <summary>How long to wait after a failure: jittered, growing to 30 s.</summary>
    public TimeSpan NextWait()
    {
        var ceiling = Math.Min(s_waitCeiling.TotalSeconds, s_waitFloor.TotalSeconds * Math.Pow(2, Math.Min(_failures++, 10)));
        return TimeSpan.FromSeconds(ceiling * (0.5 + _random.NextDouble() / 2));
    }
}
