// SPDX-License-Identifier: Apache-2.0
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Heliograph.Cli.Terminal;

namespace Heliograph.Cli.Doctor;

/// <summary>Says what is wrong with a certificate, one thing at a time: its dates, who issued it, whom it names.</summary>
/// <param name="roots">Authorities that count; <see langword="null"/>: those of the system.</param>
/// <param name="now">The time by which it must be valid.</param>
internal sealed class CertificateJudge(X509Certificate2Collection? roots, DateTimeOffset now)
{
    private static readonly TimeSpan s_soonMax = TimeSpan.FromDays(14);

    /// <summary>Reads the authorities of a PEM file.</summary>
    /// <exception cref="CommandException">It cannot be read, or holds none.</exception>
    public static X509Certificate2Collection Authorities(string file)
    {
        var roots = new X509Certificate2Collection();
        try
        {
            roots.ImportFromPemFile(file);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new CommandException(ExitCode.Usage, $"The authority's file cannot be read: {exception.Message}", file);
        }
        return roots.Count > 0 ? roots : throw new CommandException(ExitCode.Usage, "The authority's file holds no certificate.", file);
    }

    /// <summary>Judges it.</summary>
    /// <param name="certificate">The certificate.</param>
    /// <param name="others">What came with it: perhaps intermediate authorities.</param>
    /// <param name="where">Whose it is, for the reader.</param>
    /// <param name="host">The name or address that it must be valid for; <see langword="null"/>: not a server's.</param>
    public Finding Judge(X509Certificate2 certificate, X509Certificate2Collection others, string where, string? host)
    {
        var (from, until) = (new DateTimeOffset(certificate.NotBefore), new DateTimeOffset(certificate.NotAfter));
        if (now > until) return Finding.Trouble(CheckNames.Certificate, $"The certificate of {where} has expired: it was valid until {Utc(until)}.", "Issue a new one ('helio certs issue') and put it where the old one is.");
        if (now < from) return Finding.Trouble(CheckNames.Certificate, $"The certificate of {where} is not valid yet: only from {Utc(from)}.", "See that the clock of the machine that issued it is right, and issue it again.");
        if (ChainFault(certificate, others) is { } fault) return Finding.Trouble(CheckNames.Certificate, $"The certificate of {where} was not issued by {(roots is null ? "an authority that this system believes" : "the authority of --ca")}: {fault}.", "Give the authority of its realm with --ca; if that is the right one, have the certificate issued by it.");
        if (host is not null && !certificate.MatchesHostname(host)) return Finding.Trouble(CheckNames.Certificate, $"The certificate of {where} is not for the name '{host}'.", $"Use a name that it holds, or issue it with --dns or --ip for '{host}'.");
        var soon = TimeSpan.FromTicks(Math.Min(s_soonMax.Ticks, (until - from).Ticks / 5));
        return until - now < soon
            ? Finding.Warning(CheckNames.Certificate, $"The certificate of {where} ends soon: it is valid until {Utc(until)}.", "Issue a new one before then ('helio certs issue').")
            : Finding.Ok(CheckNames.Certificate, $"The certificate of {where} is valid until {Utc(until)}.");
    }

    private string? ChainFault(X509Certificate2 certificate, X509Certificate2Collection others)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.VerificationFlags = X509VerificationFlags.IgnoreNotTimeValid; // judged apart
        chain.ChainPolicy.ExtraStore.AddRange(others);
        if (roots is not null)
        {
            chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            chain.ChainPolicy.DisableCertificateDownloads = true;
            chain.ChainPolicy.CustomTrustStore.AddRange(roots);
        }
        if (chain.Build(certificate)) return null;
        return string.Join(", ", chain.ChainStatus.Select(status => status.Status).Distinct());
    }

    private static string Utc(DateTimeOffset time) => $"{time.UtcDateTime:yyyy-MM-dd HH:mm}Z";
}
