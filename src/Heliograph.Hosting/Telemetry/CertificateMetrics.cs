// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics.Metrics;
using System.Security.Cryptography.X509Certificates;

namespace Heliograph.Hosting.Telemetry;

/// <summary>How long the certificate that a process shows is good for.</summary>
public static class CertificateMetrics
{
    /// <summary>Makes the instruments.</summary>
    /// <param name="meter">Whose they are.</param>
    /// <param name="certificate">The one that is shown now; gives <see langword="null"/> without one.</param>
    /// <param name="time">The clock.</param>
    public static void Add(Meter meter, Func<X509Certificate2?> certificate, TimeProvider time)
    {
        Instruments.CertificateRemaining.Observe(meter, () => certificate() is { } shown ? (shown.NotAfter.ToUniversalTime() - time.GetUtcNow().UtcDateTime).TotalSeconds : null);
        Instruments.CertificateLifetime.Observe(meter, () => certificate() is { } shown ? (shown.NotAfter - shown.NotBefore).TotalSeconds : null);
    }
}
