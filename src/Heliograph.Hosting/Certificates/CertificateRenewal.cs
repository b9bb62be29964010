// SPDX-License-Identifier: Apache-2.0
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Heliograph.Platform.Pki;
using Microsoft.Extensions.Logging;

namespace Heliograph.Hosting.Certificates;

/// <summary>Renews a node's certificate for as long as the node lives: at 50 to 70 % of its life, drawn anew each time, so that a fleet which was enrolled together is not renewed together.</summary>
/// <param name="renew">Gets the successor, with its key: from an origin (<see cref="EnrolmentClient.RenewAsync"/>), or from the authority itself.</param>
/// <param name="certificatePath">Where the certificate is, in PEM.</param>
/// <param name="keyPath">Where its key is.</param>
/// <param name="time">The clock.</param>
/// <param name="random">Draws when.</param>
/// <param name="logger">Where it is told.</param>
/// <remarks>The new pair replaces the files; whoever shows the certificate reads it from there (<see cref="CertificateSource"/>). A certificate that cannot be renewed is used until its end; what is held is served beyond it.</remarks>
public sealed class CertificateRenewal(Func<CancellationToken, Task<X509Certificate2>> renew, string certificatePath, string keyPath, TimeProvider time, Random random, ILogger<CertificateRenewal> logger)
{
    /// <summary>Share of its life after which a certificate is renewed, at the earliest.</summary>
    private const double ShareMin = 0.5;

    /// <summary>The same, at the latest.</summary>
    private const double ShareMax = 0.7;

    /// <summary>Share of its life after which a certificate that could not be renewed is an error, and no warning any more.</summary>
    private const double AlarmShare = 0.8;

    /// <summary>Longest pause between two attempts: 10 minutes. Shorter for certificates that live for less than a day: a hundredth of their life.</summary>
    public static readonly TimeSpan RetryPauseMax = TimeSpan.FromMinutes(10);

    private static readonly TimeSpan TimerMax = TimeSpan.FromDays(40); // what a timer can wait

    /// <summary>Renews until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            using var current = Load();
            if (current is null)
            {
                await Task.Delay(RetryPauseMax, time, cancellationToken);
                continue;
            }
            var (begin, end) = (Begin(current), new DateTimeOffset(current.NotAfter));
            var life = end - begin;
            var due = begin + (life * (ShareMin + ((ShareMax - ShareMin) * random.NextDouble())));
            while (due > time.GetUtcNow()) await Task.Delay(Shorter(due - time.GetUtcNow(), TimerMax), time, cancellationToken);
            while (!await TryRenewAsync(begin, end, cancellationToken))
                await Task.Delay(Shorter(life / 100, RetryPauseMax) * (0.5 + random.NextDouble()), time, cancellationToken);
        }
    }

    /// <summary>What is on disk; <see langword="null"/>: nothing that could be renewed, which is said.</summary>
    private X509Certificate2? Load()
    {
        try
        {
            return CertificateFiles.LoadPair(certificatePath, keyPath);
        }
        catch (Exception fault) when (fault is IOException or CryptographicException or UnauthorizedAccessException)
        {
            logger.NotRenewed(LogLevel.Error, time.GetUtcNow(), fault.Message);
            return null;
        }
    }

    private async Task<bool> TryRenewAsync(DateTimeOffset begin, DateTimeOffset end, CancellationToken cancellationToken)
    {
        try
        {
            using var renewed = await renew(cancellationToken);
            Save(renewed, certificatePath, keyPath);
            logger.Renewed(renewed.NotAfter.ToUniversalTime());
            return true;
        }
        catch (Exception fault) when (fault is IOException or CryptographicException or UnauthorizedAccessException)
        {
            var isLate = time.GetUtcNow() - begin > (end - begin) * AlarmShare;
            logger.NotRenewed(isLate ? LogLevel.Error : LogLevel.Warning, end, fault.Message);
            return false;
        }
    }

    /// <summary>Writes a certificate and its key, replacing those that are there.</summary>
    /// <exception cref="IOException">They could not be written.</exception>
    public static void Save(X509Certificate2 certificate, string certificatePath, string keyPath)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(certificatePath))!);
        CertificateFiles.Write(certificate, certificatePath, keyPath);
    }

    /// <summary>When a certificate was issued: its validity begins a little earlier, for clocks that are behind.</summary>
    private static DateTimeOffset Begin(X509Certificate2 certificate) => new DateTimeOffset(certificate.NotBefore) + CertificateAuthority.Backdating;

    private static TimeSpan Shorter(TimeSpan one, TimeSpan other) => one < other ? one : other;
}
