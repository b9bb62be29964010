// SPDX-License-Identifier: Apache-2.0
using System.Collections.Concurrent;
using Heliograph.AppConfiguration.Http;

namespace Heliograph.AppConfiguration.Stores;

/// <summary>Answers to lists of one view, by request target: fleets ask the same few questions. Bounded in number and in bytes; lives as long as the view.</summary>
internal sealed class AnswerCache(long bytesMax = AnswerCache.BytesMax)
{
    /// <summary>Most answers that are remembered; others are made anew.</summary>
    public const int AnswersMax = 512;

    /// <summary>Most bytes of bodies that are remembered.</summary>
    public const long BytesMax = 16 << 20;

    /// <summary>Most bytes of bodies that a view of the past remembers.</summary>
    public const long RetiredBytesMax = 1 << 20;

    private readonly ConcurrentDictionary<string, Answer> _answers = new(StringComparer.Ordinal);
    private long _bytes;
    private int _count;

    /// <summary>Whether there is room for no more answers.</summary>
    public bool IsFull => Volatile.Read(ref _count) >= AnswersMax || Volatile.Read(ref _bytes) >= bytesMax;

    /// <summary>The answer that was given to this target, or <see langword="null"/>.</summary>
    public Answer? Find(string target) => _answers.GetValueOrDefault(target);

    /// <summary>Remembers an answer, if there is room.</summary>
    public void Add(string target, Answer answer)
    {
        if (Volatile.Read(ref _count) >= AnswersMax || Volatile.Read(ref _bytes) + answer.BodyBytesEstimate > bytesMax || !_answers.TryAdd(target, answer)) return;
        Interlocked.Increment(ref _count);
        Interlocked.Add(ref _bytes, answer.BodyBytesEstimate);
    }
}
