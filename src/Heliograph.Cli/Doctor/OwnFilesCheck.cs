// SPDX-License-Identifier: Apache-2.0
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Heliograph.Cli.Terminal;
using Heliograph.Core.Heads;
using Heliograph.Platform.Files;
using Heliograph.Platform.Pki;

namespace Heliograph.Cli.Doctor;

/// <summary>The certificate and key that a tier of this machine would show.</summary>
internal static class OwnFilesCheck
{
    /// <summary>Checks the files, alone and together.</summary>
    /// <param name="certificateFile">PEM file of the certificate, or <see langword="null"/>.</param>
    /// <param name="keyFile">PEM file of its key, or <see langword="null"/>.</param>
    /// <param name="judge">Judges by the realm's authority; <see langword="null"/>: none was given.</param>
    /// <param name="anchor">The trust file, or <see langword="null"/>.</param>
    public static IEnumerable<Finding> Run(string? certificateFile, string? keyFile, CertificateJudge? judge, TrustAnchor? anchor)
    {
        if (certificateFile is null || keyFile is null)
        {
            yield return Finding.Skipped(CheckNames.Key, "No --cert and --key are given.");
            yield break;
        }
        X509Certificate2? certificate = null;
        Finding? unreadable = null;
        try
        {
            certificate = X509CertificateLoader.LoadCertificateFromFile(certificateFile);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or CryptographicException)
        {
            unreadable = Finding.Trouble(CheckNames.Certificate, $"{certificateFile} cannot be read as a certificate: {exception.Message}", "Check the path; 'helio certs issue' writes such files.");
        }
        using (certificate)
        {
            yield return Key(certificateFile, keyFile, unreadable is null);
            if (unreadable is not null) yield return unreadable;
            else if (Realm(certificate!, certificateFile, anchor) is { } wrong) yield return wrong;
            else if (judge is not null) yield return judge.Judge(certificate!, [], certificateFile, host: null);
            else yield return Finding.Skipped(CheckNames.Certificate, $"{certificateFile} is not judged: no --ca is given.");
        }
    }

    private static Finding Key(string certificateFile, string keyFile, bool isPair)
    {
        string pem;
        try
        {
            pem = ProtectedFile.ReadSecret(keyFile);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return Finding.Trouble(CheckNames.Key, exception.Message, File.Exists(keyFile) ? $"chmod 600 {keyFile}, and issue a new one if others may have read it." : "Check the path.");
        }
        if (!isPair) return Finding.Ok(CheckNames.Key, $"{keyFile} is its owner's alone.");
        try
        {
            using var pair = X509Certificate2.CreateFromPem(File.ReadAllText(certificateFile), pem);
            return Finding.Ok(CheckNames.Key, $"{keyFile} is its owner's alone, and the certificate's.");
        }
        catch (Exception exception) when (exception is CryptographicException or ArgumentException)
        {
            return Finding.Trouble(CheckNames.Key, $"{keyFile} is not the key of {certificateFile}.", "Give the two files that 'helio certs issue' wrote together.");
        }
    }

    private static Finding? Realm(X509Certificate2 certificate, string file, TrustAnchor? anchor)
    {
        if (!RealmAuthority.TryRead(certificate, out var id, out var error)) return Finding.Trouble(CheckNames.Certificate, $"{file} names nobody of a realm: {error}.", "Issue one with 'helio certs issue'.");
        return anchor is not null && id.Realm != anchor.Root.Realm
            ? Finding.Trouble(CheckNames.Certificate, $"{file} is of the realm '{id.Realm}', and the trust file of '{anchor.Root.Realm}'.", "Give files of one realm.")
            : null;
    }
}
