// SPDX-License-Identifier: Apache-2.0
using Heliograph.Hosting.Listening;
using Heliograph.Origin;
using Xunit;

namespace Heliograph.Cli.Tests.Realm;

/// <summary>A whole origin on loopback, in a directory of its own, and the program as its administrator.</summary>
internal sealed class RealOrigin : IAsyncDisposable
{
    private readonly OriginHost _host;
    private readonly string _directory;

    private RealOrigin(OriginHost host, string directory)
    {
        (_host, _directory) = (host, directory);
        Address = $"http://{host.Endpoints.Of(ListenProtocol.Http).Address}";
        Admin = new Helio().With("HELIOGRAPH_SERVER", Address).With("HELIOGRAPH_TOKEN_FILE", host.AdminTokenPath);
    }

    public string Address { get; }

    /// <summary>Where to follow.</summary>
    public string Sync => $"tcp://{_host.Endpoints.Of(ListenProtocol.Sync).Address}";

    /// <summary>The trust file.</summary>
    public string Trust => _host.TrustFilePath;

    /// <summary>The program with the administrator's token.</summary>
    public Helio Admin { get; }

    public static async Task<RealOrigin> StartAsync()
    {
        var directory = Directory.CreateTempSubdirectory("helio-cli-origin-").FullName;
        return new(await OriginHost.StartAsync(new OriginOptions
        {
            DataDirectory = directory,
            DrainTimeout = TimeSpan.FromSeconds(5),
            ReconnectWindow = TimeSpan.Zero,
            Listeners = new() { Endpoints = [ListenEndpoint.Parse("http://127.0.0.1:0"), ListenEndpoint.Parse("tcp://127.0.0.1:0")] },
        }, null, TimeProvider.System, TestContext.Current.CancellationToken), directory);
    }

    public async ValueTask DisposeAsync()
    {
        Admin.Dispose();
        await _host.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }
}
