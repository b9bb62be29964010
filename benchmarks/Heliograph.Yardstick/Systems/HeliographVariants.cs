// SPDX-License-Identifier: Apache-2.0
using Heliograph.Yardstick.Load;
using Heliograph.Yardstick.Wires;

namespace Heliograph.Yardstick.Systems;

/// <summary>Heliograph over TLS 1.3, as between machines: subscribers show certificates of the realm.</summary>
internal sealed class HeliographTlsSystem(string program, HeliographSettings settings) : HeliographSystem(program, settings)
{
    private BenchCertificates? _certificates;

    public override string Name => "heliograph-tls";

    protected override string SubscriberSubject => "spiffe://bench/app/*";

    protected override string ListenAddress(int port) => $"tls://127.0.0.1:{port}";

    protected override IEnumerable<string> RelayCredentials() => ["--ca", _certificates!.Authority, "--cert", _certificates.Server, "--key", _certificates.ServerKey];

    public override void Start()
    {
        _certificates = BenchCertificates.Issue("bench", OwnPath("pki"));
        Tls = new TlsClient(Protocol.ProtocolVersion.Alpn, _certificates.Client, _certificates.ClientKey);
        AnonymousTls = new TlsClient(Protocol.ProtocolVersion.Alpn);
        base.Start();
    }
}

/// <summary>Heliograph over the gRPC envelope, in plaintext on loopback.</summary>
internal sealed class HeliographGrpcSystem(string program, HeliographSettings settings) : HeliographSystem(program, settings)
{
    public override string Name => "heliograph-grpc";

    protected override string ListenAddress(int port) => $"grpc+tcp://127.0.0.1:{port}";

    protected override SyncWire WireFor(SyncPlan plan) => new GrpcSyncWire(plan, isTls: false);
}
