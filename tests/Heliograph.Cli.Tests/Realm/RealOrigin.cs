// SPDX-License-Identifier: Apache-2.0
using System.Net;
using Heliograph.Hosting.Listening;
using Heliograph.Origin;
using Xunit;

namespace Heliograph.Cli.Tests.Realm;

/// <summary>A whole origin on loopback, in a directory of its own, and the program as its administrator.</summary>
internal sealed class RealOrigin : IAsyncDisposable
{
    private readonly OriginHost _host;
    private readonly string? _directory; // goes with it

    private RealOrigin(OriginHost host, string? directory)
    {
        (_host, _directory) = (host, directory);
        Address = $"http://{host.Endpoints.Of(ListenProtocol.Http).Address}";
        Admin = new Helio().With("HELIOGRAPH_SERVER", Address).With("HELIOGRAPH_TOKEN_FILE", host.AdminTokenPath);
    }

    public string Address { get; }

    /// <summary>The file of the administrator's token.</summary>
    public string TokenFile => _host.AdminTokenPath;

    /// <summary>Where to follow.</summary>
    public string Sync => $"tcp://{_host.Endpoints.Of(ListenProtocol.Sync).Address}";

    /// <summary>The trust file.</summary>
    public string Trust => _host.TrustFilePath;

    /// <summary>The program with the administrator's token.</summary>
    public Helio Admin { get; }

    /// <summary>Address of the TLS endpoint, where there is one.</summary>
    public IPEndPoint Tls => _host.Endpoints.Of(ListenProtocol.All).Address!;

    /// <summary>Starts one.</summary>
    /// <param name="tls">For a TLS endpoint beside the others.</param>
    /// <param name="data">A data directory that stays; without one it has its own, which goes with it.</param>
    /// <param name="syncPort">Where to follow; 0: anywhere.</param>
    public static async Task<RealOrigin> StartAsync(ServerTls? tls = null, string? data = null, int syncPort = 0)
    {
        ListenEndpoint[] endpoints = [ListenEndpoint.Parse("http://127.0.0.1:0"), ListenEndpoint.Parse($"tcp://127.0.0.1:{syncPort}"), .. tls is null ? [] : (ListenEndpoint[])[ListenEndpoint.Parse("tls://127.0.0.1:0")]];
        var directory = data ?? Directory.CreateTempSubdirectory("helio-cli-origin-").FullName;
        return new(await OriginHost.StartAsync(new OriginOptions
        {
            DataDirectory = directory,
            DrainTimeout = TimeSpan.FromSeconds(5),
            ReconnectWindow = TimeSpan.Zero,
            Listeners = new() { Endpoints = endpoints, Tls = tls },
        }, null, TimeProvider.System, TestContext.Current.CancellationToken), data is null ? directory : null);
    }

    public async ValueTask DisposeAsync()
    {
        Admin.Dispose();
        await _host.DisposeAsync();
        if (_directory is not null) Directory.Delete(_directory, recursive: true);
    }
}
