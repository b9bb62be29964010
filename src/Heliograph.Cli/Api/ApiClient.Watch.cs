// SPDX-License-Identifier: Apache-2.0
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using Heliograph.Cli.Terminal;

namespace Heliograph.Cli.Api;

/// <summary>One event of a watch.</summary>
/// <param name="Kind"><c>change</c>, <c>snapshot</c> or <c>deleted</c>.</param>
/// <param name="Id">The revision to resume after.</param>
/// <param name="Data">JSON.</param>
internal sealed record WatchEvent(string Kind, string? Id, string Data);

/// <content>Watching.</content>
internal sealed partial class ApiClient
{
    private static readonly TimeSpan s_silenceMax = TimeSpan.FromSeconds(35); // a living origin says something every 10 s

    /// <summary>One connection's worth of events: ends when the server closes it, or throws <see cref="IOException"/> when it breaks.</summary>
    /// <param name="name">Where.</param>
    /// <param name="after">Events after this revision; <see langword="null"/> begins with a snapshot.</param>
    /// <param name="cancellationToken">Stops the watch.</param>
    public async IAsyncEnumerable<WatchEvent> WatchOnceAsync(NamespaceName name, string? after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var call = new ApiCall(HttpMethod.Get, ApiCall.PathOf(PathOf(name, "/watch"), ("after", after)));
        using var answer = await connection.OpenAsync(call, cancellationToken);
        await using var body = await answer.Content.ReadAsStreamAsync(cancellationToken);
        await using var lively = new LivelyStream(body, s_silenceMax, Time);
        await foreach (var item in SseParser.Create(lively).EnumerateAsync(cancellationToken))
            yield return new(item.EventType, item.EventId, item.Data);
    }

    /// <summary>Whether anything of a watch is heard within <paramref name="patience"/>; the origin says something at once.</summary>
    /// <exception cref="CommandException">The watch is refused, or the server cannot be reached.</exception>
    public async Task<bool> HearsWatchAsync(NamespaceName name, string? after, TimeSpan patience, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(patience, Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        try
        {
            using var answer = await connection.OpenAsync(new ApiCall(HttpMethod.Get, ApiCall.PathOf(PathOf(name, "/watch"), ("after", after))), either.Token);
            await using var body = await answer.Content.ReadAsStreamAsync(either.Token);
            return await body.ReadAsync(new byte[1], either.Token) > 0;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }
}
