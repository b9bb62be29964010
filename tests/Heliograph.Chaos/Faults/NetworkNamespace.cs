// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Heliograph.Cluster.Tests;

namespace Heliograph.Chaos.Faults;

/// <summary>A network of its own, in which every node's process has a group id of its own: nftables tells by it who sends.</summary>
/// <remarks>Its only interface is loopback, so everything in it speaks as on one machine; it goes with whoever made it.</remarks>
internal sealed partial class NetworkNamespace : ClusterPlace, IAsyncDisposable
{
    private const int NewNetwork = 0x40000000; // CLONE_NEWNET
    private const int FirstGroup = 47_001;

    private readonly string _name = string.Create(CultureInfo.InvariantCulture, $"hl-chaos-{Environment.ProcessId}");
    private readonly List<string> _nodes = [];

    private NetworkNamespace()
    {
    }

    public static string? Missing { get; } = !Shell.IsRoot ? "root, to make a network namespace"
        : new[] { ("ip", "iproute2"), ("nft", "nftables"), ("setpriv", "util-linux") }.Where(it => !Shell.Has(it.Item1)).Select(it => $"{it.Item1} (Debian package {it.Item2})").FirstOrDefault();

    /// <summary>Makes it.</summary>
    /// <returns><see langword="null"/> and why, where this machine cannot.</returns>
    public static async Task<(NetworkNamespace? Network, string? Missing)> TryCreateAsync()
    {
        if (Missing is not null) return (null, Missing);
        var network = new NetworkNamespace();
        if (await Shell.TryAsync("ip", "netns", "add", network._name) is { Code: not 0 } refused) return (null, $"a kernel with network namespaces ({refused.Said.Trim()})");
        await network.RunAsync("ip", "link", "set", "lo", "up");
        if (await Shell.TryAsync("ip", "netns", "exec", network._name, "nft", "add table inet chaos") is { Code: 0 }) return (network, null);
        await network.DisposeAsync();
        return (null, "a kernel with nftables");
    }

    public override IReadOnlyList<string> Before(string node) =>
        ["ip", "netns", "exec", _name, "setpriv", "--regid", GroupOf(node).ToString(CultureInfo.InvariantCulture), "--clear-groups"];

    public override HttpMessageHandler Handler() => new SocketsHttpHandler
    {
        ConnectCallback = async (context, cancellationToken) =>
        {
            var socket = await SocketAsync();
            try
            {
                await socket.ConnectAsync(System.Net.IPAddress.Loopback, context.DnsEndPoint.Port, cancellationToken);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        },
    };

    /// <summary>What <paramref name="from"/> sends to these ports is dropped, on connections of its own making.</summary>
    public Task CutAsync(string from, IEnumerable<int> ports) => RuleAsync($"meta skgid {GroupOf(from)} tcp dport {{ {string.Join(", ", ports)} }} drop");

    /// <summary>What <paramref name="from"/> answers from these ports is dropped: it hears, and is not heard.</summary>
    public Task MuteAsync(string from, IEnumerable<int> ports) => RuleAsync($"meta skgid {GroupOf(from)} tcp sport {{ {string.Join(", ", ports)} }} drop");

    /// <summary>Every segment to these ports is answered with a reset.</summary>
    public Task ResetAsync(IEnumerable<int> ports) => RuleAsync($"tcp dport {{ {string.Join(", ", ports)} }} reject with tcp reset");

    /// <summary>Everything passes again.</summary>
    public Task HealAsync() => RunAsync("nft", "flush table inet chaos");

    public async ValueTask DisposeAsync() => await Shell.TryAsync("ip", "netns", "del", _name);

    private async Task RuleAsync(string rule)
    {
        await RunAsync("nft", "add chain inet chaos out { type filter hook output priority 0 ; policy accept ; }");
        await RunAsync("nft", $"add rule inet chaos out {rule}");
    }

    private Task RunAsync(params string[] command) => Shell.RunAsync("ip", ["netns", "exec", _name, .. command]);

    private int GroupOf(string node)
    {
        lock (_nodes)
        {
            if (!_nodes.Contains(node)) _nodes.Add(node);
            return FirstGroup + _nodes.IndexOf(node);
        }
    }

    /// <summary>A socket belongs to the network of the thread that makes it; that thread ends with it.</summary>
    private Task<Socket> SocketAsync()
    {
        var made = new TaskCompletionSource<Socket>(TaskCreationOptions.RunContinuationsAsynchronously);
        new Thread(() =>
        {
            try
            {
                using var network = File.OpenHandle($"/var/run/netns/{_name}");
                if (SetNamespace(network, NewNetwork) != 0) throw new InvalidOperationException($"setns failed with {Marshal.GetLastPInvokeError()}.");
                made.SetResult(new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true });
            }
#pragma warning disable CA1031 // it is thrown where it is awaited
            catch (Exception exception)
#pragma warning restore CA1031
            {
                made.SetException(exception);
            }
        }) { IsBackground = true }.Start();
        return made.Task;
    }

    [LibraryImport("libc", EntryPoint = "setns", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int SetNamespace(SafeHandle descriptor, int type);
}
