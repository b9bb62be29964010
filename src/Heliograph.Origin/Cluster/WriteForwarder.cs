// SPDX-License-Identifier: Apache-2.0
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Heliograph.Core.Log;
using Heliograph.Core.Sequencing;
using Heliograph.Hosting.Problems;
using Heliograph.Origin.Http;
using Heliograph.Origin.Realm;
using Heliograph.Platform;
using Heliograph.Platform.Pki;
using Heliograph.Storage.Etcd;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Heliograph.Origin.Cluster;

/// <summary>Lets any origin of a cluster take any change: one that does not order changes passes them to the one that does, and its answer back.</summary>
/// <remarks>
/// <para>While a sequencer is being replaced, a change waits, at most <see cref="WaitMax"/>. It may be sent more than once, always under the same idempotency key, so it has one effect at most. The author is judged by the sequencer.</para>
/// <para>A request that was forwarded once is never forwarded again. An answer is passed on only after this origin holds what it speaks of, or two seconds later, so that whoever reads here next sees their own change.</para>
/// </remarks>
internal sealed class WriteForwarder : IDisposable
{
    /// <summary>Longest time that a change waits here for a sequencer: twice what it takes to replace one.</summary>
    public static readonly TimeSpan WaitMax = TimeSpan.FromSeconds(10);

    /// <summary>Most changes under way to the sequencer; each may hold its body.</summary>
    public const int UnderWayMax = 256;

    private const string NotSequencerHeader = "Heliograph-Not-Sequencer";

    private static readonly TimeSpan AttemptTimeout = TimeSpan.FromSeconds(12), RetryPause = TimeSpan.FromMilliseconds(100), LeaderKnownFor = TimeSpan.FromSeconds(2), LeaderCheckInterval = TimeSpan.FromSeconds(1), OwnReadMax = TimeSpan.FromSeconds(2);

    private static readonly HashSet<string> s_own = new(StringComparer.OrdinalIgnoreCase) { "Connection", "Keep-Alive", "Transfer-Encoding", "Upgrade", "Trailer", "Date", "Server" };

    private readonly Sequencer _sequencer;
    private readonly Func<CancellationToken, ValueTask<StoreAnswer<EtcdLeader?>>> _findLeader;
    private readonly ClusterOptions _cluster;
    private readonly string _node;
    private readonly RevisionSignal _signal;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly SystemIds _ids;
    private readonly SemaphoreSlim _underWay = new(UnderWayMax);
    private readonly HttpClient _http;
    private volatile KnownLeader? _leader;

    public WriteForwarder(Sequencer sequencer, Func<CancellationToken, ValueTask<StoreAnswer<EtcdLeader?>>> findLeader, OriginOptions options, RevisionSignal signal, TimeProvider time, ILogger logger)
    {
        (_sequencer, _findLeader, _signal, _time, _logger) = (sequencer, findLeader, signal, time, logger);
        (_cluster, _node, _ids) = (options.Cluster!, options.Sequencing.NodeId, new(time));
        _http = new HttpClient(Transport(), disposeHandler: true) { Timeout = Timeout.InfiniteTimeSpan };
    }

    /// <summary>Whether another origin was seen to order changes when this one last asked for the right.</summary>
    public bool KnowsLeader => _sequencer.IsFollowing;

    /// <summary>Passes on what this origin cannot do itself.</summary>
    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        var request = context.Request;
        if (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method) || HttpMethods.IsOptions(request.Method)
            || context.GetEndpoint() is not { } endpoint || endpoint.Metadata.GetMetadata<IAllowAnonymous>() is not null
            || _sequencer.ReadOnlyReason is null || _sequencer.IsInRecovery)
        {
            await next(context);
            return;
        }
        if (request.Headers.ContainsKey(ForwardedRequest.ForwardedByHeader))
        {
            context.Response.Headers[NotSequencerHeader] = _node;
            await ProblemKinds.Unavailable.With("This origin does not order changes now, and does not forward what was forwarded to it.", retryAfter: TimeSpan.FromSeconds(1)).ExecuteAsync(context);
            return;
        }
        if (!await _underWay.WaitAsync(0, context.RequestAborted))
        {
            await ProblemKinds.Overloaded.With("Too many changes are under way to the origin that orders them. Nothing was written.", retryAfter: TimeSpan.FromSeconds(1)).ExecuteAsync(context);
            return;
        }
        try { await ForwardAsync(context, next); }
        finally { _underWay.Release(); }
    }

    /// <summary>Sends something to the origin that orders changes, once.</summary>
    /// <returns>Which one it was, and its answer; <see langword="null"/> if nobody is known to order changes.</returns>
    /// <exception cref="HttpRequestException">It could not be reached.</exception>
    public async Task<(string Node, HttpResponseMessage? Answer)> PostToLeaderAsync(string path, HttpContent content, CancellationToken cancellationToken) =>
        await LeaderAsync(cancellationToken) is { } leader ? (leader.Node, await _http.PostAsync(new Uri(leader.Address, path), content, cancellationToken)) : ("", null);

    /// <inheritdoc/>
    public void Dispose()
    {
        _http.Dispose();
        _underWay.Dispose();
    }

    private async Task ForwardAsync(HttpContext context, RequestDelegate next)
    {
        if (await ForwardedRequest.ReadAsync(context, _node, _ids, _time) is not { } change)
        {
            await ProblemKinds.PayloadTooLarge.With($"A change that is forwarded has at most {ForwardedRequest.BodyBytesMax >> 20} MiB.").ExecuteAsync(context);
            return;
        }
        var (began, mayBeWritten) = (_time.GetTimestamp(), false);
        while (_time.GetElapsedTime(began) < WaitMax)
        {
            if (_sequencer.ReadOnlyReason is null) // elected meanwhile; what was perhaps written already is found by its key
            {
                change.PutBack();
                await next(context);
                return;
            }
            if (await LeaderAsync(context.RequestAborted) is { } leader)
            {
                var (answer, wasSent) = await TryAsync(change, leader, context.RequestAborted);
                if (answer is not null)
                {
                    using (answer) await PassOnAsync(context, answer);
                    return;
                }
                mayBeWritten |= wasSent;
                _leader = null;
            }
            await Task.Delay(RetryPause, _time, context.RequestAborted);
        }
        await (mayBeWritten
            ? ProblemKinds.OutcomeUnknown.With("It may have been written. Repeat it with the same Idempotency-Key: it has one effect at most.")
            : ProblemKinds.Unavailable.With("No origin orders changes now. Nothing was written.", retryAfter: TimeSpan.FromSeconds(2))).ExecuteAsync(context);
    }

    /// <summary>Sends it once.</summary>
    /// <returns>The answer, or <see langword="null"/> and whether the change may have its effect all the same.</returns>
    private async Task<(HttpResponseMessage? Answer, bool WasSent)> TryAsync(ForwardedRequest change, KnownLeader leader, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(AttemptTimeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        using var message = change.To(leader.Address);
        try
        {
            var sending = _http.SendAsync(message, HttpCompletionOption.ResponseContentRead, either.Token); // whole: half an answer must not look like one
            while (await Task.WhenAny(sending, Task.Delay(LeaderCheckInterval, _time, either.Token)) != sending && !either.IsCancellationRequested)
                if (await _findLeader(either.Token) is StoreAnswer<EtcdLeader?>.Done { Value: { } now } && now.Node != leader.Node) await limit.CancelAsync(); // it sleeps, and another was elected
            var answer = await sending;
            if (!await IsRefusalAsync(answer)) return (answer, true);
            answer.Dispose();
            return (null, false);
        }
        catch (HttpRequestException exception)
        {
            _logger.ForwardFailed(leader.Address.Authority, exception.HttpRequestError.ToString());
            return (null, exception.HttpRequestError is not (HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError));
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            _logger.ForwardFailed(leader.Address.Authority, "no answer in time");
            return (null, true);
        }
    }

    /// <summary>A sequencer that stops, or was deposed a moment ago, answers that nothing was done. One that has too much to do says something else, and that is passed on.</summary>
    private static async Task<bool> IsRefusalAsync(HttpResponseMessage answer) => answer.StatusCode == System.Net.HttpStatusCode.ServiceUnavailable
        && (answer.Headers.Contains(NotSequencerHeader) || (await answer.Content.ReadAsStringAsync()).Contains($"\"{ProblemKinds.Unavailable.Type}\"", StringComparison.Ordinal));

    private async Task PassOnAsync(HttpContext context, HttpResponseMessage answer)
    {
        if (answer.Headers.TryGetValues(OriginApi.RevisionHeader, out var revisions) && Revision.TryParse(string.Join("", revisions), out var revision)) await ReachAsync(revision, context.RequestAborted);
        var response = context.Response;
        response.StatusCode = (int)answer.StatusCode;
        foreach (var (name, values) in answer.Headers.Concat(answer.Content.Headers))
            if (!s_own.Contains(name)) response.Headers[name] = values.ToArray();
        if (answer.StatusCode != System.Net.HttpStatusCode.NoContent) await answer.Content.CopyToAsync(response.Body, context.RequestAborted);
    }

    private async Task ReachAsync(Revision revision, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(OwnReadMax, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        while (true)
        {
            var next = _signal.Next; // before looking
            if (!_sequencer.Current.State.Revision.IsBefore(revision)) return;
            try { await next.WaitAsync(either.Token); }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested) { return; } // it was written all the same
        }
    }

    /// <summary>Who orders changes now; <see langword="null"/> if nobody does, or it is not known.</summary>
    private async ValueTask<KnownLeader?> LeaderAsync(CancellationToken cancellationToken)
    {
        if (_leader is { } known && _time.GetElapsedTime(known.At) < LeaderKnownFor) return known;
        var found = await _findLeader(cancellationToken) is StoreAnswer<EtcdLeader?>.Done { Value: { } leader } && leader.Node != _node && Uri.TryCreate(leader.Address, UriKind.Absolute, out var address)
            ? new KnownLeader(leader.Node, address, _time.GetTimestamp())
            : null;
        return _leader = found;
    }

    private SocketsHttpHandler Transport()
    {
        var transport = new SocketsHttpHandler
        {
            AllowAutoRedirect = false, UseProxy = false, UseCookies = false,
            ConnectTimeout = TimeSpan.FromSeconds(2),
            PooledConnectionLifetime = TimeSpan.FromMinutes(5), // a renewed certificate is seen
            AutomaticDecompression = System.Net.DecompressionMethods.None,
        };
        if (_cluster.Credentials is not { Authority: { } authority, ForDialing: var dialing }) return transport;
        transport.SslOptions = new SslClientAuthenticationOptions
        {
            LocalCertificateSelectionCallback = (_, _, _, _, _) => dialing.ClientCertificate()!,
            RemoteCertificateValidationCallback = (_, shown, _, errors) => shown is X509Certificate2 certificate
                && !errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch)
                && authority.TryIdentify(certificate, _time.GetUtcNow(), ofServer: true, out var id, out _) && id.Role == PeerRole.Origin,
        };
        return transport;
    }

    private sealed record KnownLeader(string Node, Uri Address, long At);
}
