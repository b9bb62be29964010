// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using System.Diagnostics;
using System.Security.Cryptography;

namespace Heliograph.Replication.Counting;

/// <summary>The one trace of a commit, from the author's request to the last tier that applied it. Its id follows from the log and the revision, so no tier has to be told it and nothing that is hashed, signed or sent knows of it.</summary>
/// <remarks>docs/reference/tracing.md has the bytes. A tier whose spans nobody listens to computes nothing.</remarks>
public static class CommitTrace
{
    /// <summary>Name of the source of all spans.</summary>
    public const string SourceName = "Heliograph";

    private static readonly ActivitySource s_source = new(SourceName);

    /// <summary>Whether anyone listens.</summary>
    public static bool IsWanted => s_source.HasListeners();

    /// <summary>What every span of a commit is a child of: a span that nobody records, for all tiers to agree on.</summary>
    /// <param name="logId">The log.</param>
    /// <param name="revision">The entry in it.</param>
    /// <param name="ratio">Part of all commits that are sampled, 0 to 1. A trace that is sampled at one ratio is at each greater one.</param>
    public static ActivityContext ContextOf(Hash256 logId, Revision revision, double ratio)
    {
        Span<byte> named = stackalloc byte[Prefix.Length + Hash256.SizeBytes + sizeof(uint) + sizeof(ulong)];
        Prefix.CopyTo(named);
        logId.CopyTo(named[Prefix.Length..]);
        BinaryPrimitives.WriteUInt32BigEndian(named[(Prefix.Length + Hash256.SizeBytes)..], (uint)revision.Epoch);
        BinaryPrimitives.WriteUInt64BigEndian(named[(Prefix.Length + Hash256.SizeBytes + sizeof(uint))..], (ulong)revision.Sequence);
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(named, hash);
        var drawn = (BinaryPrimitives.ReadUInt64BigEndian(hash[8..]) & ((1UL << 56) - 1)) / (double)(1UL << 56); // the 56 bits that W3C calls random
        return new(ActivityTraceId.CreateFromBytes(hash[..16]), ActivitySpanId.CreateFromBytes(hash[16..24]), drawn < ratio ? ActivityTraceFlags.Recorded : ActivityTraceFlags.None, isRemote: true);
    }

    /// <summary>Records one step of a commit that is over.</summary>
    /// <param name="step"><c>publish</c>, <c>append</c> or <c>apply</c>.</param>
    /// <param name="commit">Of <see cref="ContextOf"/>.</param>
    /// <param name="name">Whose namespace it changes.</param>
    /// <param name="revision">The entry.</param>
    /// <param name="began">When the step began.</param>
    /// <param name="ended">When it ended; not earlier.</param>
    /// <param name="tier">The id of the node that took it.</param>
    /// <param name="links">What else it belongs to: the author's request.</param>
    public static void Record(string step, ActivityContext commit, NamespaceName name, Revision revision, DateTimeOffset began, DateTimeOffset ended, string tier, IEnumerable<ActivityLink>? links = null)
    {
        if (ended < began) ended = began;
        var current = Activity.Current;
        Activity.Current = null; // its parent is the commit's, whatever this thread is in the midst of
        try
        {
            using var span = s_source.StartActivity(step, ActivityKind.Internal, commit, tags: null, links, began);
            if (span is null) return;
            span.SetTag("heliograph.namespace", name.Value).SetTag("heliograph.revision", revision.ToString()).SetTag("heliograph.node", tier);
            span.SetEndTime(ended.UtcDateTime);
        }
        finally
        {
            Activity.Current = current;
        }
    }

    private static ReadOnlySpan<byte> Prefix => "heliograph.trace\0"u8;
}
