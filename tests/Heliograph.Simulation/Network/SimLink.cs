// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Simulation.Network;

/// <summary>The way from one machine to another, in one direction.</summary>
public sealed class SimLink(string from, string to)
{
    private readonly List<Action> _waiting = [];

    /// <summary>Where from.</summary>
    public string From { get; } = from;

    /// <summary>Where to.</summary>
    public string To { get; } = to;

    /// <summary>What a segment typically takes.</summary>
    public TimeSpan Latency { get; set; } = TimeSpan.FromMilliseconds(2);

    /// <summary>Bytes a second; <see langword="null"/> for more than matters.</summary>
    public int? BytesPerSecond { get; set; }

    /// <summary>Draws what a segment takes; <see langword="null"/>: near <see cref="Latency"/> mostly, now and then much longer.</summary>
    public Func<Random, TimeSpan>? Travel { get; set; }

    /// <summary>When a segment that is written now leaves the sender: its processor may have other things to do. Ticks; <see langword="null"/>: at once.</summary>
    public Func<ReadOnlyMemory<byte>, long>? Departs { get; set; }

    /// <summary>When a segment that arrives now has been dealt with by the receiver's processor, and its effect shows. Ticks; <see langword="null"/>: at once.</summary>
    public Func<ReadOnlyMemory<byte>, long>? Handled { get; set; }

    /// <summary>Whether bytes travel unprotected: then a flipped bit reaches the reader; otherwise TLS breaks the connection.</summary>
    public bool IsPlain { get; set; }

    /// <summary>Whether nothing gets through.</summary>
    public bool IsCut { get; private set; }

    /// <summary>Nothing gets through from now on. What is sent is sent again when the link is back.</summary>
    public void Cut() => IsCut = true;

    /// <summary>The link is back.</summary>
    public void Mend()
    {
        IsCut = false;
        var waiting = _waiting.ToArray();
        _waiting.Clear();
        foreach (var resend in waiting) resend();
    }

    /// <summary>Calls <paramref name="resend"/> when the link is back.</summary>
    internal void WhenMended(Action resend) => _waiting.Add(resend);
}
