// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics;
using System.Text.Json.Nodes;
using Xunit;

namespace Heliograph.EndToEnd;

/// <summary>Who has a change and who has not, with real services: one is stopped in its tracks, one cannot write its disk.</summary>
public sealed class FleetTruthTests
{
    private const string Namespace = "shop.cart";

    [Fact]
    public async Task A_wait_for_all_names_a_service_that_is_stopped_and_ends_when_it_goes_on()
    {
        // Given three services in two regions
        await using var fleet = await new RealFleet().StartOriginAsync();
        await fleet.CreateAsync(Namespace);
        var first = await fleet.PutAsync(Namespace, "Shop:Marker", "1");
        var (_, socket) = await fleet.StartAgentAsync("agent-1", "eu", [fleet.OriginAddress], "--single-parent");
        string[] parents = [socket, fleet.OriginAddress];
        var services = new[] { ("cart-1", "eu"), ("cart-2", "eu"), ("cart-3", "us") }.Select(it => (Id: it.Item1, Process: fleet.StartService(it.Item1, "cart", it.Item2, parents, Namespace))).ToList();
        foreach (var (id, process) in services) await fleet.RunsAsync(id, process, first);
        await fleet.FleetAsync(Namespace, found => (int)found["current"]! == 3, "all three run the first revision");

        // When one is stopped and a setting changes, then the wait runs out and names it
        await services[2].Process.SignalAsync("STOP");
        var output = await fleet.HelioAsync(8, "set", Namespace, "Shop:Marker", "2", "--wait", "100%", "--wait-timeout", "5s", "-o", "json");
        var change = JsonNode.Parse(output)!;
        var wait = change["wait"]!;
        Assert.Equal((false, 2, 3), ((bool)wait["reached"]!, (int)wait["applied"]!, (int)wait["connected"]!));
        Assert.Equal(("cart-3", first), ((string)wait["laggards"]!.AsArray().Single()!["id"]!, (string)wait["laggards"]![0]!["revision"]!));

        // And the fleet shows how many run what, by region, and who lags
        var shown = await fleet.HelioAsync(0, "fleet");
        Assert.Matches($@"{Namespace}\s+{change["revision"]}\s+3\s+2\s+\d\s+0\s+eu 2/2, us 0/1", shown);
        Assert.Matches($@"{Namespace}\s+cart-3\s+cart\s+us\s", shown);

        // When it goes on, it takes the change, and a wait for all ends by itself
        await services[2].Process.SignalAsync("CONT");
        var reached = JsonNode.Parse(await fleet.HelioAsync(0, "set", Namespace, "Shop:Marker", "3", "--wait", "100%", "--wait-timeout", "60s", "-o", "json"))!;
        Assert.Equal((true, 3, 3), ((bool)reached["wait"]!["reached"]!, (int)reached["wait"]!["applied"]!, (int)reached["wait"]!["connected"]!));
        foreach (var (id, process) in services) await fleet.RunsAsync(id, process, (string)reached["revision"]!);
    }

    [Fact]
    public async Task A_service_whose_disk_is_full_refuses_and_the_fleet_says_who_and_why()
    {
        // Given a service that keeps its last-known-good on a small disk
        await using var fleet = await new RealFleet().StartOriginAsync();
        using var disk = new SmallDisk(fleet.PathOf("disk"));
        await fleet.CreateAsync(Namespace);
        var first = await fleet.PutAsync(Namespace, "Shop:Marker", "1");
        var (_, socket) = await fleet.StartAgentAsync("agent-1", "eu", [fleet.OriginAddress], "--single-parent");
        var full = fleet.StartService("cart-full", "cart", "eu", [socket, fleet.OriginAddress], Namespace, "--data", fleet.PathOf("disk"));
        var roomy = fleet.StartService("cart-roomy", "cart", "us", [socket, fleet.OriginAddress], Namespace);
        await fleet.RunsAsync("cart-full", full, first);
        await fleet.RunsAsync("cart-roomy", roomy, first);

        // When the disk is full and a setting changes
        disk.Fill();
        var second = await fleet.PutAsync(Namespace, "Shop:Marker", new string('x', 20_000));

        // Then the other one has it, and this one is named with the reason
        await fleet.RunsAsync("cart-roomy", roomy, second);
        var found = await fleet.FleetAsync(Namespace, view => (int)view["refused"]! == 1 && (int)view["current"]! == 1, "one refuses");
        var refusal = found["laggards"]!.AsArray().Single()!;
        Assert.Equal(("cart-full", first, "not_persisted", second), ((string)refusal["id"]!, (string)refusal["revision"]!, (string)refusal["refusal"]!["code"]!, (string)refusal["refusal"]!["revision"]!));
        Assert.Contains("refused " + second, await fleet.HelioAsync(0, "fleet", Namespace), StringComparison.Ordinal);
        var explained = JsonNode.Parse(await fleet.HelioAsync(0, "explain", "cart-full", Namespace, "Shop:Marker", "-o", "json"))!;
        Assert.Contains("not_persisted", (string)explained["why"]!, StringComparison.Ordinal);

        // And when there is room again, it takes the change
        disk.MakeRoom();
        await fleet.RunsAsync("cart-full", full, second);
        await fleet.FleetAsync(Namespace, view => (int)view["refused"]! == 0 && (int)view["current"]! == 2, "nobody refuses any more");
    }

    /// <summary>A small file system in memory. Needs root on Linux; elsewhere the test is skipped and says so.</summary>
    private sealed class SmallDisk : IDisposable
    {
        private readonly string _path;

        public SmallDisk(string path)
        {
            Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess, "Mounting a disk needs root on Linux.");
            _path = path;
            Directory.CreateDirectory(path);
            Assert.SkipUnless(Run("mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", path), "This machine does not let root mount a tmpfs.");
        }

        private string Filler => Path.Combine(_path, "filler");

        /// <summary>Takes all the room that is left.</summary>
        public void Fill()
        {
            using var file = new FileStream(Filler, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
            try
            {
                while (true) file.Write(new byte[4096]);
            }
            catch (IOException)
            {
                // Full: that is what it is for.
            }
        }

        public void MakeRoom() => File.Delete(Filler);

        public void Dispose() => Run("umount", "-l", _path); // lazily: the service that writes there ends after this

        private static bool Run(string command, params string[] arguments)
        {
            using var process = Process.Start(new ProcessStartInfo(command, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            process.WaitForExit();
            return process.ExitCode == 0;
        }
    }
}
