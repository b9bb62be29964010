// SPDX-License-Identifier: Apache-2.0
using System.Net.Http.Headers;
using Google.Protobuf;
using Heliograph.Core.Sequencing;
using Heliograph.Hosting.Listening;
using Heliograph.Hosting.Problems;
using Heliograph.Origin.Http;
using Heliograph.Platform.Pki;
using Heliograph.Protocol;
using Heliograph.Protocol.Wire;
using Heliograph.Replication.Ports;
using Heliograph.Replication.Reports;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;

namespace Heliograph.Origin.Cluster;

/// <summary>Tells the origin that orders changes who is connected here, and hears from it who is connected elsewhere: so that any origin knows the whole fleet.</summary>
internal sealed class FleetSharing(SharedFleet shared, ReportFold own, WriteForwarder forwarder, Sequencer sequencer, ClusterOptions cluster, string node, TimeProvider time, ILogger logger)
{
    /// <summary>Where the others are heard, below <c>/api/v1</c>.</summary>
    public const string Route = "/cluster/fleet";

    /// <summary>Largest report, either way. Of a larger fleet only the counts are told, without names.</summary>
    public const int ReportBytesMax = 16 << 20;

    /// <summary>The header that names the origin that tells, where no certificate does.</summary>
    public const string NodeHeader = "Heliograph-Node";

    private const string ContentType = "application/x-protobuf";

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1), Again = TimeSpan.FromSeconds(3), AnswerMax = TimeSpan.FromSeconds(5);

    /// <summary>Maps what the others call.</summary>
    public void Map(IEndpointRouteBuilder routes) => routes.MapPost(Route, AnswerAsync).AllowAnonymous().ExcludeFromDescription(); // it asks for an origin itself

    /// <summary>Tells while another origin orders changes: once a second if something changed, every 3 s otherwise.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var (hasChanged, toldAt) = (1, 0L);
        using var observation = own.Observe(() => Volatile.Write(ref hasChanged, 1));
        while (true)
        {
            await Task.Delay(Interval, time, cancellationToken);
            if (!sequencer.IsFollowing || (Interlocked.Exchange(ref hasChanged, 0) == 0 && toldAt != 0 && time.GetElapsedTime(toldAt) < Again)) continue;
            var wasTold = await TellAsync(cancellationToken);
            toldAt = wasTold ? time.GetTimestamp() : 0; // told nobody: once more in a second
        }
    }

    private async Task<bool> TellAsync(CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(AnswerMax, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            using var content = new ByteArrayContent(Encode(own.Snapshot()));
            content.Headers.ContentType = new MediaTypeHeaderValue(ContentType);
            content.Headers.Add(NodeHeader, node);
            var (sequencerNode, answer) = await forwarder.PostToLeaderAsync("/api/v1" + Route, content, either.Token);
            using (answer)
            {
                if (answer is not { StatusCode: System.Net.HttpStatusCode.OK }) return false;
                shared.TakeAnswer(sequencerNode, await answer.Content.ReadAsByteArrayAsync(either.Token));
                return true;
            }
        }
        catch (Exception exception) when ((exception is HttpRequestException or ProtocolException or IOException) || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            logger.FleetNotTold(exception is OperationCanceledException ? "no answer in time" : exception.Message); // it is tried again; meanwhile this origin knows what is below itself
            return false;
        }
    }

    private async Task AnswerAsync(HttpContext context)
    {
        if (OriginOf(context) is not { } origin)
        {
            await ProblemKinds.Unauthenticated.With("Only origins of this realm tell each other of the fleet.").ExecuteAsync(context);
            return;
        }
        if (sequencer.ReadOnlyReason is not null)
        {
            await ProblemKinds.Unavailable.With("This origin does not order changes now. Ask who does.", retryAfter: TimeSpan.FromSeconds(1)).ExecuteAsync(context);
            return;
        }
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size) size.MaxRequestBodySize = ReportBytesMax;
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        Status others;
        try
        {
            others = shared.Take(origin, body.GetBuffer().AsSpan(0, (int)body.Length));
        }
        catch (ProtocolException exception)
        {
            await ProblemKinds.InvalidRequest.With(exception.Message).ExecuteAsync(context);
            return;
        }
        context.Response.ContentType = ContentType;
        await context.Response.Body.WriteAsync(Encode(others), context.RequestAborted);
    }

    /// <summary>Which origin asks; <see langword="null"/> if it is none. Origins without certificates are all on one host, by what they advertise.</summary>
    private string? OriginOf(HttpContext context) => context.GetPeer(time) switch
    {
        { Kind: PeerKind.Certificate, Subject: var subject } => SpiffeId.TryParse(subject, out var id, out _) && id.Role == PeerRole.Origin ? subject : null,
        { Kind: PeerKind.Local } when cluster.Advertise.Scheme == "http" => context.Request.Headers[NodeHeader] is [{ Length: > 0 and <= 128 } name] ? name : null,
        _ => null,
    };

    /// <summary>The bytes. A fleet that is too large for one report is told in counts.</summary>
    private static byte[] Encode(Status status)
    {
        if (status.CalculateSize() <= ReportBytesMax) return status.ToByteArray();
        var counts = status.Clone();
        foreach (var report in counts.Namespaces)
        {
            report.InstancesLeftOut += (ulong)report.Instances.Count;
            report.Instances.Clear();
        }
        return counts.CalculateSize() <= ReportBytesMax ? counts.ToByteArray() : throw new ProtocolException($"The counts of {counts.Namespaces.Count} namespaces are larger than {ReportBytesMax >> 20} MiB: the other origins do not hear of this one's subscribers.");
    }
}
