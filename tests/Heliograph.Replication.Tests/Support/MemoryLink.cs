// SPDX-License-Identifier: Apache-2.0
using Heliograph.Replication.Ports;

namespace Heliograph.Replication.Tests.Support;

/// <summary>A connection in memory: two ends, a pipe each way, and what can happen to a wire.</summary>
internal sealed class MemoryLink
{
    /// <summary>About what a socket holds: a few slices.</summary>
    public const int CapacityBytes = 64 << 10;

    public MemoryLink(string name = "memory", int capacityBytes = CapacityBytes)
    {
        Name = name;
        (Upward, Downward) = (new(capacityBytes), new(capacityBytes));
        Follower = new End(this, Downward, Upward);
        Server = new End(this, Upward, Downward);
    }

    public string Name { get; }

    /// <summary>From the follower to its parent.</summary>
    public MemoryPipe Upward { get; }

    /// <summary>From the parent to the follower.</summary>
    public MemoryPipe Downward { get; }

    public IConnection Follower { get; }

    public IConnection Server { get; }

    public bool IsBroken { get; private set; }

    /// <summary>Whether the follower has let go of it.</summary>
    public bool IsLeft { get; private set; }

    /// <summary>Both ends fail from now on.</summary>
    public void Cut()
    {
        IsBroken = true;
        Upward.Break();
        Downward.Break();
    }

    /// <summary>Nothing arrives any more in either direction, and nobody is told.</summary>
    public void GoSilent() => Upward.IsSilent = Downward.IsSilent = true;

    private sealed class End(MemoryLink link, MemoryPipe input, MemoryPipe output) : IConnection
    {
        public string Peer => link.Name;

        public ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken) => input.ReadAsync(buffer, cancellationToken);

        public ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) => output.WriteAsync(bytes, cancellationToken);

        public void Abort() => link.Cut();

        public ValueTask DisposeAsync()
        {
            if (ReferenceEquals(this, link.Follower)) link.IsLeft = true;
            output.Complete(); // the other end reads what was written, then the end
            input.Break();
            return default;
        }
    }
}
