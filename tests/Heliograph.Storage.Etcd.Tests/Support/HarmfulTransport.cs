// SPDX-License-Identifier: Apache-2.0
using Heliograph.Conformance.Log;

namespace Heliograph.Storage.Etcd.Tests.Support;

/// <summary>Sits between a store and its real connections: loses the next request or the next answer, or holds transactions up.</summary>
internal sealed class HarmfulTransport
{
    private volatile TaskCompletionSource? _gate;
    private Harm? _next;

    public void HarmNext(Harm harm) => _next = harm;

    public IDisposable Stall()
    {
        var gate = _gate = new(TaskCreationOptions.RunContinuationsAsynchronously);
        return new Opener(() =>
        {
            _gate = null;
            gate.SetResult();
        });
    }

    public HttpMessageHandler Around(HttpMessageHandler inner) => new Handler(this, inner);

    private sealed class Handler(HarmfulTransport owner, HttpMessageHandler inner) : DelegatingHandler(inner)
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var path = request.RequestUri!.AbsolutePath;
            if (path.EndsWith(".Watch/Watch", StringComparison.Ordinal)) return await base.SendAsync(request, cancellationToken); // no operation of the port's
            if (owner._gate is { } gate && path.EndsWith(".KV/Txn", StringComparison.Ordinal)) await gate.Task.WaitAsync(cancellationToken);
            var harm = owner._next;
            owner._next = null;
            if (harm == Harm.LoseRequest) throw new IOException("Injected: the connection was reset before the request was sent.");
            var response = await base.SendAsync(request, cancellationToken);
            if (harm != Harm.LoseAnswer) return response;
            if (response.Content is { } content && !path.EndsWith("/LeaseKeepAlive", StringComparison.Ordinal)) await content.ReadAsByteArrayAsync(cancellationToken); // it has had its effect
            response.Dispose();
            throw new IOException("Injected: the connection was reset before the answer came.");
        }
    }

    private sealed class Opener(Action open) : IDisposable
    {
        public void Dispose() => open();
    }
}
