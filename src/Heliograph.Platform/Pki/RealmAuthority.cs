// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics.CodeAnalysis;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Heliograph.Platform.Pki;

/// <summary>The public half of a realm's authority: decides whether a certificate proves an identity of this realm.</summary>
/// <remarks>Only the realm's own authority counts, never the system's store; nothing is fetched from the network. Thread-safe.</remarks>
public sealed class RealmAuthority
{
    private const string ServerUse = "1.3.6.1.5.5.7.3.1", ClientUse = "1.3.6.1.5.5.7.3.2";

    private readonly X509Certificate2Collection _roots;

    /// <summary>Trusts these authorities, and for this realm only.</summary>
    /// <param name="realm">The trust domain.</param>
    /// <param name="roots">One, or several while one replaces the other. Each names the realm in its subject alternative names.</param>
    /// <exception cref="CryptographicException">There is none, or one is no authority or of another realm; the message says which.</exception>
    public RealmAuthority(string realm, X509Certificate2Collection roots)
    {
        if (roots.Count == 0) throw new CryptographicException($"There is no certificate of realm '{realm}''s authority.");
        foreach (var root in roots)
        {
            if (root.Extensions.OfType<X509BasicConstraintsExtension>().FirstOrDefault() is not { CertificateAuthority: true })
                throw new CryptographicException($"The certificate '{root.Subject}' is not an authority's: it cannot vouch for others.");
            if (SubjectNames.Uris(root) is not [var uri] || uri != $"spiffe://{realm}")
                throw new CryptographicException($"The authority '{root.Subject}' is not that of realm '{realm}'.");
        }
        (Realm, _roots) = (realm, roots);
    }

    /// <summary>The realm.</summary>
    public string Realm { get; }

    /// <summary>Reads the authority's certificates from a PEM file.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="CryptographicException">It holds something else, or another realm's authority.</exception>
    public static RealmAuthority Load(string realm, string pemFile)
    {
        var roots = new X509Certificate2Collection();
        try
        {
            roots.ImportFromPem(System.Text.Encoding.UTF8.GetString(Files.ProtectedFile.ReadPublic(pemFile)));
            return new(realm, roots);
        }
        catch (CryptographicException exception)
        {
            throw new CryptographicException($"{Path.GetFullPath(pemFile)}: {exception.Message}", exception);
        }
    }

    /// <summary>How a TLS stack is to build a peer's chain. A policy serves one handshake.</summary>
    /// <param name="now">The time at which certificates must be valid.</param>
    /// <param name="ofServer">Whether the peer is the server of the connection.</param>
    public X509ChainPolicy ChainPolicy(DateTimeOffset now, bool ofServer)
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck, // short lives instead: there is no responder that a fleet could lose
            DisableCertificateDownloads = true,
            VerificationTime = now.UtcDateTime,
            VerificationTimeIgnored = false,
        };
        policy.CustomTrustStore.AddRange(_roots);
        policy.ApplicationPolicy.Add(new Oid(ofServer ? ServerUse : ClientUse));
        return policy;
    }

    /// <summary>Whether a certificate proves an identity of this realm, chain included; says why not.</summary>
    public bool TryIdentify(X509Certificate2 certificate, DateTimeOffset now, bool ofServer, [NotNullWhen(true)] out SpiffeId? id, [NotNullWhen(false)] out string? error) =>
        TryIdentify(certificate, [], now, ofServer, out id, out error);

    /// <summary>The same, with what the peer sent besides its own certificate, of which a chain may be built.</summary>
    public bool TryIdentify(X509Certificate2 certificate, X509Certificate2Collection others, DateTimeOffset now, bool ofServer, [NotNullWhen(true)] out SpiffeId? id, [NotNullWhen(false)] out string? error)
    {
        using var chain = new X509Chain { ChainPolicy = ChainPolicy(now, ofServer) };
        chain.ChainPolicy.ExtraStore.AddRange(others);
        var trusted = chain.Build(certificate);
        return TryIdentify(certificate, chain, trusted ? SslPolicyErrors.None : SslPolicyErrors.RemoteCertificateChainErrors, out id, out error);
    }

    /// <summary>The same, for a chain that the TLS stack has built by <see cref="ChainPolicy"/>.</summary>
    /// <param name="certificate">The peer's.</param>
    /// <param name="chain">Its chain.</param>
    /// <param name="errors">What the stack found. A wrong host name counts; the server of a connection ignores it by not asking.</param>
    /// <param name="id">Who the peer is.</param>
    /// <param name="error">Why it is not believed. Never quotes what the peer chose.</param>
    public bool TryIdentify(X509Certificate2 certificate, X509Chain? chain, SslPolicyErrors errors, [NotNullWhen(true)] out SpiffeId? id, [NotNullWhen(false)] out string? error)
    {
        // The realm first: a certificate is judged only by the authority of the realm that it names.
        if (!TryRead(certificate, out id, out error)) return false;
        error = id.Realm != Realm ? $"the certificate is of another realm, not of '{Realm}'"
            : errors.HasFlag(SslPolicyErrors.RemoteCertificateNotAvailable) ? "there is no certificate"
            : errors.HasFlag(SslPolicyErrors.RemoteCertificateChainErrors) ? ChainFault(chain)
            : errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch) ? "the certificate is for another host name"
            : null;
        if (error is null) return true;
        id = null;
        return false;
    }

    /// <summary>The identity that a certificate claims, without judging whether it is true.</summary>
    public static bool TryRead(X509Certificate2 certificate, [NotNullWhen(true)] out SpiffeId? id, [NotNullWhen(false)] out string? error)
    {
        id = null;
        var uris = SubjectNames.Uris(certificate);
        error = uris is null ? "the certificate's alternative names are malformed"
            : uris.Count != 1 ? $"the certificate holds {uris.Count} URIs where exactly one names its owner"
            : null;
        return error is null && SpiffeId.TryParse(uris![0], out id, out error);
    }

    private static string ChainFault(X509Chain? chain)
    {
        var flags = (chain?.ChainStatus ?? []).Aggregate(X509ChainStatusFlags.NoError, (sum, status) => sum | status.Status);
        return flags.HasFlag(X509ChainStatusFlags.NotTimeValid) && (flags & ~X509ChainStatusFlags.NotTimeValid) == 0 ? "the certificate has expired or is not valid yet (is this host's clock right?)"
            : (flags & (X509ChainStatusFlags.PartialChain | X509ChainStatusFlags.UntrustedRoot)) != 0 ? "the certificate was not issued by this realm's authority"
            : flags.HasFlag(X509ChainStatusFlags.NotValidForUsage) ? "the certificate is not meant for this use"
            : $"the certificate's chain is not valid ({flags})";
    }
}
