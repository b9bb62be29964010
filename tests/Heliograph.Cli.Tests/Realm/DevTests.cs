// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics;
using System.Text.Json;
using Heliograph.Cli.Terminal;
using Xunit;

namespace Heliograph.Cli.Tests.Realm;

/// <summary>The quickest start, as a real process.</summary>
public sealed class DevTests
{
    [Theory]
    [InlineData("TERM")]
    [InlineData("INT")]
    [InlineData("HUP")] // its terminal was closed
    public async Task An_ephemeral_realm_says_how_to_connect_serves_and_leaves_nothing_behind(string signal)
    {
        // Given the program, told to run a realm of its own
        var cancel = TestContext.Current.CancellationToken;
        using var helio = new Helio();
        using var process = Start("dev", "--ephemeral", "-o", "json");
        try
        {
            var ready = JsonDocument.Parse(await process.StandardOutput.ReadLineAsync(cancel) ?? "").RootElement;
            var directory = ready.GetProperty("dataDirectory").GetString()!;
            Assert.True(File.Exists(ready.GetProperty("trust").GetString()));
            Assert.StartsWith("tcp://127.0.0.1:", ready.GetProperty("sync").GetString(), StringComparison.Ordinal);
            Assert.StartsWith("grpc+tcp://127.0.0.1:", ready.GetProperty("grpc").GetString(), StringComparison.Ordinal);
            Assert.StartsWith("grpc+tcp://127.0.0.1:", ready.GetProperty("agent").GetProperty("grpc").GetString(), StringComparison.Ordinal);
            Assert.StartsWith("unix:///", ready.GetProperty("agent").GetProperty("sync").GetString(), StringComparison.Ordinal);
            Assert.StartsWith("http://127.0.0.1:", ready.GetProperty("agent").GetProperty("http").GetString(), StringComparison.Ordinal);

            // When an author uses what it said
            helio.With("HELIOGRAPH_SERVER", ready.GetProperty("api").GetString()!).With("HELIOGRAPH_TOKEN", ready.GetProperty("token").GetString()!);
            Assert.Equal(ExitCode.Success, (await helio.RunAsync("ns", "create", "demo")).Exit);
            Assert.Equal(ExitCode.Success, (await helio.RunAsync("set", "demo", "Greeting", "hello")).Exit);
            Assert.Equal("hello\n", (await helio.RunAsync("get", "demo", "Greeting")).Out);

            // Then a signal ends it, cleanly and without a trace
            using (var kill = Process.Start("kill", [$"-{signal}", $"{process.Id}"])) await kill.WaitForExitAsync(cancel);
            await process.WaitForExitAsync(cancel);
            Assert.Equal(0, process.ExitCode);
            Assert.Equal("", await process.StandardOutput.ReadToEndAsync(cancel));
            Assert.False(Directory.Exists(directory));
        }
        finally
        {
            if (!process.HasExited) process.Kill(entireProcessTree: true);
        }
    }

    [Fact]
    public async Task A_file_of_webhooks_that_is_not_sound_ends_the_start_with_every_fault_named_before_anything_is_written()
    {
        var cancel = TestContext.Current.CancellationToken;
        var directory = Directory.CreateTempSubdirectory("helio-hooks-").FullName;
        try
        {
            var (file, data) = (Path.Combine(directory, "hooks.json"), Path.Combine(directory, "data"));
            await File.WriteAllTextAsync(file, """{"webhooks":[{"name":"Push!","namespace":"shop","url":"http://a.example","endpoint":"https://b.example/x","secretFile":"secret"}]}""", cancel);
            Heliograph.Platform.Files.ProtectedFile.Write(Path.Combine(directory, "secret"), Convert.ToBase64String(new byte[32]), Heliograph.Platform.Files.ProtectedFile.OwnerOnly, replace: false);
            using var process = Start(isHeard: true, "origin", "--data", data, "--listen", "http://127.0.0.1:0", "--webhooks", file);
            var said = await process.StandardError.ReadToEndAsync(cancel);
            await process.WaitForExitAsync(cancel);
            Assert.Equal((int)ExitCode.Usage, process.ExitCode);
            Assert.All(new[] { "webhooks[0].name", "webhooks[0].url", "webhooks[0].endpoint" }, fault => Assert.Contains(fault, said, StringComparison.Ordinal));
            Assert.False(Directory.Exists(data));
        }
        finally { Directory.Delete(directory, recursive: true); }
    }

    private static Process Start(params string[] arguments) => Start(isHeard: false, arguments);

    private static Process Start(bool isHeard, params string[] arguments)
    {
        // Whoever runs the tests in the background may have them ignore signals, and what is ignored is inherited.
        string[] asAtATerminal = OperatingSystem.IsLinux() ? ["env", "--default-signal=INT,HUP,TERM"] : [];
        string[] command = [.. asAtATerminal, "dotnet", Path.Combine(AppContext.BaseDirectory, "helio.dll"), .. arguments];
        var start = new ProcessStartInfo(command[0], command[1..]) { RedirectStandardOutput = true, RedirectStandardError = isHeard };
        start.Environment.Remove("HELIOGRAPH_CONTEXT"); // an ephemeral realm leaves the user's own context alone
        return Process.Start(start)!;
    }
}
