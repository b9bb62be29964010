// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Xunit;

namespace Heliograph.Storage.Etcd.Tests.Support;

/// <summary>A real member of an etcd cluster: it can be killed, paused, and started again on what it had.</summary>
internal sealed class EtcdProcess : IDisposable
{
    private const int Kill = 9, Continue = 18, Stop = 19;

    private readonly string[] _arguments;
    private readonly IReadOnlyList<string> _before;
    private Process? _process;

    /// <param name="before">A program and arguments that start it: the process is the same.</param>
    public EtcdProcess(string name, string directory, int clientPort, int peerPort, string cluster, string scheme, IEnumerable<string> more, IReadOnlyList<string>? before = null)
    {
        (Name, PeerPort, _before) = (name, peerPort, before ?? []);
        Address = new($"{scheme}://127.0.0.1:{clientPort.ToString(CultureInfo.InvariantCulture)}");
        var peer = $"http://127.0.0.1:{peerPort.ToString(CultureInfo.InvariantCulture)}";
        _arguments =
        [
            "--name", name, "--data-dir", Path.Combine(directory, name), "--initial-cluster", cluster, "--initial-cluster-state", "new",
            "--listen-client-urls", Address.GetLeftPart(UriPartial.Authority), "--advertise-client-urls", Address.GetLeftPart(UriPartial.Authority),
            "--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer, "--logger", "zap", "--log-level", "error", "--log-outputs", Path.Combine(directory, name + ".log"), .. more,
        ];
    }

    /// <summary>Whether etcd is on this machine.</summary>
    public static bool IsHere { get; } = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(directory => File.Exists(Path.Combine(directory, "etcd")));

    public string Name { get; }

    public int Id => _process!.Id;

    public bool IsRunning => _process is { HasExited: false };

    /// <summary>Where the other members reach it.</summary>
    public int PeerPort { get; }

    public Uri Address { get; }

    /// <summary>Skips a test where there is no etcd.</summary>
    public static void Need() => Assert.SkipUnless(IsHere, "etcd is not on this machine (Debian package etcd-server).");

    /// <summary>Ports that were free a moment ago.</summary>
    public static int[] FreePorts(int count)
    {
        var listeners = Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0)).ToList();
        foreach (var listener in listeners) listener.Start();
        var ports = listeners.Select(listener => ((IPEndPoint)listener.LocalEndpoint).Port).ToArray();
        foreach (var listener in listeners) listener.Dispose();
        return ports;
    }

    public void Start() => _process = Process.Start(new ProcessStartInfo(_before.FirstOrDefault("etcd"), [.. _before.Count > 0 ? _before.Skip(1).Append("etcd") : [], .. _arguments]) { RedirectStandardError = false, UseShellExecute = false })!;

    /// <summary>Starts it with nothing of its own, in a cluster that has been told of it as a new member.</summary>
    public void StartAnew()
    {
        _arguments[Array.IndexOf(_arguments, "--initial-cluster-state") + 1] = "existing";
        Start();
    }

    /// <summary>SIGKILL.</summary>
    public void KillNow()
    {
        if (_process is not { HasExited: false } process) return;
        Signal(Kill);
        process.WaitForExit();
    }

    /// <summary>SIGSTOP.</summary>
    public void Pause() => Signal(Stop);

    /// <summary>SIGCONT.</summary>
    public void Resume() => Signal(Continue);

    public void Dispose()
    {
        KillNow(); // also ends one that is paused
        _process?.Dispose();
        _process = null;
    }

    private void Signal(int signal)
    {
        using var kill = Process.Start("kill", [$"-{signal.ToString(CultureInfo.InvariantCulture)}", _process!.Id.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }
}
