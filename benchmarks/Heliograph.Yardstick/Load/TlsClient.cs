// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Yardstick.Load;

/// <summary>How the load client speaks TLS 1.3: one OpenSSL context for all connections. It does not judge the server's certificate: that would be the client's cost, and the server is known.</summary>
internal sealed unsafe class TlsClient : IDisposable
{
    /// <summary>Makes a context.</summary>
    /// <param name="alpn">Protocol to ask for, or <see langword="null"/>.</param>
    /// <param name="certificateFile">PEM file of a certificate to show, or <see langword="null"/>.</param>
    /// <param name="keyFile">PEM file of its key.</param>
    /// <exception cref="IOException">The certificate or key cannot be used.</exception>
    public TlsClient(string? alpn, string? certificateFile = null, string? keyFile = null)
    {
        Context = OpenSsl.SSL_CTX_new(OpenSsl.TLS_client_method());
        _ = OpenSsl.SSL_CTX_ctrl(Context, OpenSsl.ControlMode, OpenSsl.ModeReleaseBuffers | OpenSsl.ModeEnablePartialWrite, 0);
        if (alpn is not null)
        {
            byte[] wire = [(byte)alpn.Length, .. System.Text.Encoding.ASCII.GetBytes(alpn)];
            fixed (byte* first = wire) _ = OpenSsl.SSL_CTX_set_alpn_protos(Context, first, (uint)wire.Length);
        }
        if (certificateFile is null) return;
        if (OpenSsl.SSL_CTX_use_certificate_chain_file(Context, certificateFile) != 1 || OpenSsl.SSL_CTX_use_PrivateKey_file(Context, keyFile!, OpenSsl.FileTypePem) != 1)
            throw new IOException($"{certificateFile}, {keyFile}: {OpenSsl.LastError()}");
    }

    internal nint Context { get; }

    public void Dispose() => OpenSsl.SSL_CTX_free(Context);
}
