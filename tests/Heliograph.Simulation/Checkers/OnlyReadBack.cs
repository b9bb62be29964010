// SPDX-License-Identifier: Apache-2.0
using Google.Protobuf;
using Heliograph.Core.Heads;
using Heliograph.Simulation.Kernel;
using Heliograph.Storage.Etcd.Layout;
using Heliograph.Storage.Etcd.Wire;
using Head = Heliograph.Core.Wire.Head;

namespace Heliograph.Simulation.Checkers;

/// <summary>What an origin signs it has read: the entry that a head names was in an answer of the store to this very process, before the signature was made.</summary>
internal sealed class OnlyReadBack
{
    private static readonly int _domainBytes = "heliograph:head:v1\0"u8.Length;

    private readonly Dictionary<SimProcess, HashSet<Hash256>> _read = [];

    /// <summary>A process has got an answer.</summary>
    public void Delivered(SimProcess process, IMessage answer)
    {
        var ranges = answer switch { RangeResponse range => [range], TxnResponse transaction => transaction.Responses.Select(response => response.ResponseRange).OfType<RangeResponse>(), _ => [] };
        foreach (var row in ranges.SelectMany(range => range.Kvs))
        {
            if (!row.Key.ToStringUtf8().Contains("/e/", StringComparison.Ordinal) || row.Value.IsEmpty || EntryRecord.Decode(row.Value.Memory) is not { } record) continue;
            if (!_read.TryGetValue(process, out var read)) _read[process] = read = [];
            read.Add(record.ClaimedHash);
        }
    }

    /// <summary>A process signs this.</summary>
    public void Signs(SimProcess process, ReadOnlySpan<byte> data)
    {
        var head = Head.Parser.ParseFrom(data[_domainBytes..]);
        if (!_read.TryGetValue(process, out var read) || !read.Contains(new Hash256(head.EntryHash.Span)))
            throw new ViolationException("signed", $"{process.Name} signs a head at {head.Epoch}.{head.Sequence} over an entry that it has not read from the store.");
    }
}

/// <summary>A signer as it is, with someone who looks at what it signs.</summary>
internal sealed class WatchedSigner(IHeadSigner signer, Action<byte[]> signs) : IHeadSigner
{
    /// <inheritdoc/>
    public string KeyId => signer.KeyId;

    /// <inheritdoc/>
    public byte[] Sign(ReadOnlySpan<byte> data)
    {
        signs(data.ToArray());
        return signer.Sign(data);
    }
}
