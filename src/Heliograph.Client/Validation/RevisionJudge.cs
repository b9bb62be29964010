// SPDX-License-Identifier: Apache-2.0
using System.Collections.Immutable;
using Microsoft.Extensions.Logging;

namespace Heliograph.Client.Validation;

/// <summary>Asks the application's validators about a revision. Thread-safe.</summary>
internal sealed class RevisionJudge(IEnumerable<RevisionValidator> validators, ILogger logger)
{
    private const int FaultsTold = 8; // of one validator: a detail has 512 characters

    private ImmutableArray<RevisionValidator> _validators = [.. validators];

    /// <summary>Whether anyone is asked.</summary>
    public bool IsEmpty => _validators.IsEmpty;

    /// <summary>One validator more, or one less.</summary>
    public void Add(RevisionValidator validator) => ImmutableInterlocked.Update(ref _validators, (all, one) => all.Add(one), validator);

    /// <inheritdoc cref="Add"/>
    public void Remove(RevisionValidator validator) => ImmutableInterlocked.Update(ref _validators, (all, one) => all.Remove(one), validator);

    /// <summary>What is wrong with the candidate, in one text; <see langword="null"/> if it may be served.</summary>
    public string? Judge(RevisionCandidate candidate)
    {
        var faults = new List<string>();
        foreach (var validator in _validators)
        {
            try
            {
                faults.AddRange(validator(candidate).Take(FaultsTold));
            }
            catch (Exception exception) // what cannot be judged is not served; the message may quote a value, so it goes nowhere
            {
                logger.ValidatorFailed(candidate.Name, candidate.View.Revision, exception.GetType().Name);
                faults.Add($"A validator threw {exception.GetType().Name}.");
            }
        }
        return faults.Count == 0 ? null : Cut(string.Join(' ', faults));
    }

    /// <summary>One line of at most <see cref="RevisionRefusal.DetailCharsMax"/> characters; never half a surrogate pair.</summary>
    public static string Cut(string text)
    {
        var line = text.AsSpan().IndexOfAnyInRange('\0', '\x1f') < 0 ? text : string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c));
        if (line.Length <= RevisionRefusal.DetailCharsMax) return line;
        var end = RevisionRefusal.DetailCharsMax - 1;
        return $"{line[..(char.IsHighSurrogate(line[end - 1]) ? end - 1 : end)]}…";
    }
}
