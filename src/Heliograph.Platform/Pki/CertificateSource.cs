// SPDX-License-Identifier: Apache-2.0
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Heliograph.Platform.Pki;

/// <summary>The certificate in two files, read again when they have changed. Thread-safe.</summary>
/// <remarks>Files that are half replaced, unreadable or damaged change nothing: the certificate of before is shown, and the files are looked at again.</remarks>
public sealed class CertificateSource
{
    /// <summary>How often the files are looked at, at most: every second.</summary>
    public static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly string _certificatePath, _keyPath;
    private readonly TimeProvider _time;
    private volatile X509Certificate2 _current;
    private (DateTime Certificate, DateTime Key) _written;
    private long _lookedAt;

    /// <summary>Reads the files for the first time.</summary>
    /// <param name="certificatePath">PEM file of the certificate.</param>
    /// <param name="keyPath">PEM file of its key.</param>
    /// <param name="time">Measures how often files are looked at.</param>
    /// <exception cref="IOException">A file cannot be read, or the key is accessible to others than its owner.</exception>
    /// <exception cref="CryptographicException">They are not a certificate and its key.</exception>
    public CertificateSource(string certificatePath, string keyPath, TimeProvider time)
    {
        (_certificatePath, _keyPath, _time) = (certificatePath, keyPath, time);
        (_written, _lookedAt) = (Written(), time.GetTimestamp());
        _current = CertificateFiles.LoadPair(certificatePath, keyPath);
    }

    /// <summary>The newest certificate that could be read, with its key. Not to be disposed of: connections may use it.</summary>
    public X509Certificate2 Current
    {
        get
        {
            if (_time.GetElapsedTime(Volatile.Read(ref _lookedAt)) >= LookInterval && _lock.TryEnter())
            {
                try { Look(); }
                finally { _lock.Exit(); }
            }
            return _current;
        }
    }

    private void Look()
    {
        Volatile.Write(ref _lookedAt, _time.GetTimestamp());
        try
        {
            var written = Written();
            if (written == _written) return;
            _current = CertificateFiles.LoadPair(_certificatePath, _keyPath); // the one before lives on in open connections
            _written = written;
        }
        catch (Exception fault) when (fault is IOException or CryptographicException or UnauthorizedAccessException)
        {
            // Between the two writes of a renewal they do not belong together: the next look finds both. 'Current' stays, and peers say when it expires.
        }
    }

    private (DateTime, DateTime) Written() => (File.GetLastWriteTimeUtc(_certificatePath), File.GetLastWriteTimeUtc(_keyPath));
}
