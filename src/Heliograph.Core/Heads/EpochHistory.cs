// SPDX-License-Identifier: Apache-2.0
using System.Collections.Immutable;
using Heliograph.Core.Log;
using Heliograph.Core.Replicas;

namespace Heliograph.Core.Heads;

/// <summary>The epochs of a realm that are proven to have begun, by transitions that its recovery keys signed. Grows by one at a time and never shrinks.</summary>
/// <remarks>Immutable and thread-safe. Once a transition is in it, no head of an earlier epoch is taken any more, whether one of the new epoch has come or not.</remarks>
public sealed class EpochHistory
{
    /// <summary>Most transitions.</summary>
    public const int TransitionsMax = 256;

    private readonly ImmutableArray<SignedTransition> _transitions;

    private EpochHistory(ImmutableArray<SignedTransition> transitions) => _transitions = transitions;

    /// <summary>Nothing was ever discarded: epoch 1.</summary>
    public static EpochHistory Empty { get; } = new([]);

    /// <summary>The transitions, to epoch 2 first.</summary>
    public IReadOnlyList<SignedTransition> Transitions => _transitions;

    /// <summary>The newest epoch that is proven to have begun.</summary>
    public int Epoch => _transitions.Length + 1;

    /// <summary>The transition by which an epoch began, or <see langword="null"/>: the first, or one that is not proven.</summary>
    public SignedTransition? Find(int epoch) => epoch < 2 || epoch > Epoch ? null : _transitions[epoch - 2];

    /// <summary>Whether an entry that begins an epoch repeats the transition that is proven for it; <see langword="true"/> for every other entry.</summary>
    public bool Proves(LogEntry entry) =>
        !EpochStep.IsBeginning(entry) || (Find(entry.Revision.Epoch) is { } proven && proven.TransitionBytes.Span.SequenceEqual(entry.Content.EpochBegun.Transition.Span));

    /// <summary>The history with the next transition, if as many recovery keys of the newest root have signed it as must.</summary>
    /// <returns>The longer history; one that holds fresher signatures of a transition that is in it; this one, if it holds exactly these bytes; or why not.</returns>
    public Verdict<EpochHistory> Extend(RootChain roots, ReadOnlyMemory<byte> signedTransitionBytes)
    {
        if (!SignedTransition.TryParse(signedTransitionBytes, out var next, out var error)) return new Refusal(RefusalCode.Malformed, error);
        if (new Hash256(next.Content.LogId.Span) != roots.LogId) return new Refusal(RefusalCode.WrongLog, $"The transition to epoch {next.Epoch} is of another log.");
        if (Find(next.Epoch) is { } known && known.Bytes.Span.SequenceEqual(signedTransitionBytes.Span)) return this;
        var (signed, threshold) = next.SignedUnder(roots.Latest);
        if ((threshold == 0 || signed < threshold) && !Planted.RecoveryNotAsked)
            return new Refusal(RefusalCode.BadSignature, threshold == 0
                ? $"Root version {roots.Version} names no recovery keys: no epoch ends under it. Sign a root that does."
                : $"The transition to epoch {next.Epoch} is signed by {signed} recovery keys of root version {roots.Version}; {threshold} must sign.");
        return Append(next);
    }

    /// <summary>Like <see cref="Extend"/>, for what is read back long after: the recovery keys of any root of the chain may have signed, for those of that time may have gone since.</summary>
    public Verdict<EpochHistory> ExtendOfOld(RootChain roots, ReadOnlyMemory<byte> signedTransitionBytes)
    {
        var now = Extend(roots, signedTransitionBytes);
        if (now.Refusal is not { Code: RefusalCode.BadSignature } || !SignedTransition.TryParse(signedTransitionBytes, out var next, out _)) return now;
        return IsSignedOnce(roots, next) ? Append(next) : now;
    }

    /// <summary>Whether as many recovery keys of some root of the chain have signed a transition as had to: whoever reads it back can prove it.</summary>
    public static bool IsSignedOnce(RootChain roots, SignedTransition transition)
    {
        for (var version = roots.Version; version >= 1; version--)
            if (transition.SignedUnder(roots.Find(version)!) is { Threshold: > 0 } count && count.Signed >= count.Threshold) return true;
        return false;
    }

    /// <summary>The history with a transition that was proven before, and kept: read back from this host's own file, or from the trust file that an operator handed out. No signature is asked for.</summary>
    public Verdict<EpochHistory> Restore(RootChain roots, ReadOnlyMemory<byte> signedTransitionBytes) =>
        !SignedTransition.TryParse(signedTransitionBytes, out var next, out var error) ? new Refusal(RefusalCode.Malformed, error)
        : new Hash256(next.Content.LogId.Span) != roots.LogId ? new Refusal(RefusalCode.WrongLog, "It is of another log.")
        : Append(next);

    private Verdict<EpochHistory> Append(SignedTransition next)
    {
        if (Find(next.Epoch) is { } known)
            return known.TransitionBytes.Span.SequenceEqual(next.TransitionBytes.Span)
                ? new EpochHistory(_transitions.SetItem(next.Epoch - 2, next))
                : new Refusal(RefusalCode.Equivocation, $"Two different transitions to epoch {next.Epoch} were signed; the one that is held stays.");
        if (next.Epoch != Epoch + 1) return new Refusal(RefusalCode.WrongBase, $"The transition is to epoch {next.Epoch}; epoch {Epoch} is proven, and none may be skipped.");
        if (_transitions.Length == TransitionsMax) return new Refusal(RefusalCode.OverLimit, $"There are {TransitionsMax} transitions already.");
        return IsInHistory(next.Base)
            ? new EpochHistory(_transitions.Add(next))
            : new Refusal(RefusalCode.Malformed, $"The base {next.Base} of the transition to epoch {next.Epoch} was discarded before.");
    }

    /// <summary>Whether a revision is one of those that earlier transitions have left.</summary>
    private bool IsInHistory(Revision revision)
    {
        var epoch = Epoch;
        while (epoch > revision.Epoch)
        {
            var basis = _transitions[epoch - 2].Base;
            if (basis.IsBefore(revision)) return false;
            epoch = basis.Epoch;
        }
        return epoch == revision.Epoch && (Find(epoch) is not { } began || revision.Sequence > began.Base.Sequence);
    }
}
