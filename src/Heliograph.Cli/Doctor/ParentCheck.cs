// SPDX-License-Identifier: Apache-2.0
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Google.Protobuf;
using Heliograph.Core.Heads;
using Heliograph.Hosting.Grpc;
using Heliograph.Hosting.Replicas;
using Heliograph.Protocol;
using Heliograph.Protocol.Wire;
using Heliograph.Replication.Ports;

namespace Heliograph.Cli.Doctor;

/// <summary>Whether a parent would take this machine as a follower: reached, believed, of the same log, of a version that is spoken here.</summary>
/// <param name="anchor">The trust file.</param>
/// <param name="authorityFile">PEM file of the realm's authority, or <see langword="null"/>.</param>
/// <param name="certificateFile">This machine's certificate, or <see langword="null"/>.</param>
/// <param name="keyFile">Its key.</param>
/// <param name="judge">Judges certificates by that authority; <see langword="null"/> without one.</param>
/// <param name="time">The clock.</param>
/// <param name="timeout">For one parent.</param>
internal sealed class ParentCheck(TrustAnchor anchor, string? authorityFile, string? certificateFile, string? keyFile, CertificateJudge? judge, TimeProvider time, TimeSpan timeout)
{
    /// <summary>Tries one parent. One fault is one finding.</summary>
    public async Task<Finding> RunAsync(Uri address, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(timeout);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        try
        {
            if (address.Scheme is "tls" or "grpc")
            {
                if (judge is null) return Finding.Trouble(CheckNames.Parent, $"{address.OriginalString} cannot be believed without the realm's authority.", "Give it with --ca.");
                if (await CertificateAsync(address, judge, either.Token) is { State: not "ok" } found) return found;
            }
            return await GreetAsync(address, either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return Finding.Trouble(CheckNames.Parent, $"{address.OriginalString} did not answer within {timeout.TotalSeconds:0.###} s.", "Check that it runs, and that no firewall stands between.");
        }
        catch (Exception exception) when (exception is SocketException or IOException or AuthenticationException)
        {
            return Finding.Trouble(CheckNames.Parent, $"{address.OriginalString} cannot be followed: {exception.Message}", "Check the address, that the parent runs and listens there, and that no firewall stands between.");
        }
        catch (CryptographicException exception)
        {
            return Finding.Trouble(CheckNames.Certificate, exception.Message, "Give the files that 'helio certs issue' wrote.");
        }
    }

    private static async Task<Finding> CertificateAsync(Uri address, CertificateJudge judge, CancellationToken cancellationToken)
    {
        X509Certificate2? shown = null;
        using var socket = new TcpClient();
        await socket.ConnectAsync(address.DnsSafeHost, address.Port, cancellationToken);
        await using var stream = new SslStream(socket.GetStream());
        await stream.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = address.DnsSafeHost,
            ApplicationProtocols = [new SslApplicationProtocol(ProtocolVersion.Alpn), SslApplicationProtocol.Http2],
            RemoteCertificateValidationCallback = (_, certificate, _, _) => // any: it is looked at, nothing is said, and the connection ends here
            {
                shown = certificate is null ? null : X509CertificateLoader.LoadCertificate(certificate.GetRawCertData());
                return shown is not null;
            },
        }, cancellationToken);
        using (shown)
            return shown is null ? Finding.Trouble(CheckNames.Certificate, $"{address.OriginalString} shows no certificate.", "Check that the address is that of a Heliograph tier.")
                : judge.Judge(shown, [], address.OriginalString, address.DnsSafeHost);
    }

    private async Task<Finding> GreetAsync(Uri address, CancellationToken cancellationToken)
    {
        var dialer = new ParentDialer(NodeCredentials.Load(anchor.Root.Realm, authorityFile, certificateFile, keyFile).ForDialing, time);
        await using var connection = await dialer.ConnectAsync(new ParentAddress(address), cancellationToken);
        await connection.WriteAsync(Frame.Encode(FrameType.Hello, new Hello
        {
            ProtocolMin = ProtocolVersion.Min,
            ProtocolMax = ProtocolVersion.Max,
            Instance = new Instance { Id = $"helio-doctor-{Environment.MachineName.ToLowerInvariant()}", Service = "helio-doctor" },
            LogId = ByteString.CopyFrom(anchor.LogId.ToArray()),
            StatusFormat = 1,
        }), cancellationToken);
        var decoder = new FrameDecoder();
        while (true)
        {
            while (decoder.TryRead(out var type, out var message)) return Meaning(address, type, message);
            var read = await connection.ReadAsync(decoder.GetBuffer(), cancellationToken);
            if (read == 0) throw new IOException("it closed the connection without a word; perhaps it does not believe this machine's certificate.");
            decoder.Advance(read);
        }
    }

    private Finding Meaning(Uri address, FrameType type, ReadOnlyMemory<byte> message)
    {
        switch (type)
        {
            case FrameType.Welcome:
                var welcome = Welcome.Parser.ParseFrom(message.Span);
                if (!welcome.LogId.Span.SequenceEqual(anchor.LogId.ToArray())) return OtherLog(address);
                return welcome.Protocol is < ProtocolVersion.Min or > ProtocolVersion.Max ? OtherVersion(address)
                    : Finding.Ok(CheckNames.Parent, $"{address.OriginalString} takes this machine as a follower: it is the {welcome.ServerRole} '{welcome.ServerId}'.");
            case FrameType.Refused:
                var refused = Refused.Parser.ParseFrom(message.Span);
                return refused.Code switch
                {
                    "wrong_log" => OtherLog(address),
                    "protocol" => OtherVersion(address),
                    _ => Finding.Trouble(CheckNames.Parent, $"{address.OriginalString} does not take this machine: {refused.Code}. {Terminal.PrintableText.OneLine(refused.Detail, 200)}", "Show it a certificate of the realm (--cert, --key), and see that its identity has a role ('helio roles list')."),
                };
            case FrameType.Drain:
                return Finding.Warning(CheckNames.Parent, $"{address.OriginalString} asks its followers to connect elsewhere: it is stopping, or full.", "Try again in a minute; give followers another parent as well.");
            default:
                return Finding.Trouble(CheckNames.Parent, $"{address.OriginalString} answers with something that no parent says.", "Check that the address is that of a Heliograph tier.");
        }
    }

    private Finding OtherLog(Uri address) => Finding.Trouble(CheckNames.Trust, $"{address.OriginalString} serves another log than the trust file's ('{anchor.Root.Realm}' {anchor.LogId.ToString()[..12]}).", "Bring the trust file of this realm here by a trusted way, or correct the parent's address.");

    private static Finding OtherVersion(Uri address) => Finding.Trouble(CheckNames.Version, $"{address.OriginalString} speaks no version of the protocol that is spoken here ({ProtocolVersion.Min} to {ProtocolVersion.Max}).", "Upgrade the older of the two: parents first.");
}
