// SPDX-License-Identifier: Apache-2.0
using Google.Protobuf;
using Grpc.Core;
using Heliograph.Protocol.Wire;

namespace Heliograph.Hosting.Grpc;

/// <summary>The gRPC service <c>heliograph.sync.v1.Sync</c>, bound by hand: one method of bytes needs no generated stubs, and the messages stay those of the protocol project.</summary>
public static class SyncMethods
{
    private static readonly Marshaller<Envelope> Marshaller = Marshallers.Create(
        static (envelope, context) =>
        {
            context.SetPayloadLength(envelope.CalculateSize());
            envelope.WriteTo(context.GetBufferWriter());
            context.Complete();
        },
        static context => Envelope.Parser.ParseFrom(context.PayloadAsReadOnlySequence()));

    /// <summary><c>rpc Connect(stream Envelope) returns (stream Envelope)</c>.</summary>
    public static readonly Method<Envelope, Envelope> Connect = new(MethodType.DuplexStreaming, "heliograph.sync.v1.Sync", "Connect", Marshaller, Marshaller);

    /// <summary>Called by the gRPC server to learn the service's methods.</summary>
    public static void BindService(ServiceBinderBase binder, SyncService? service) =>
        binder.AddMethod(Connect, service is null ? null! : new DuplexStreamingServerMethod<Envelope, Envelope>(service.Connect));
}
