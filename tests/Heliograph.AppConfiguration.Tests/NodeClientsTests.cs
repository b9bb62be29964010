// SPDX-License-Identifier: Apache-2.0
using System.Text.RegularExpressions;
using Heliograph.Core.Access;
using Heliograph.Hosting.Listening;

namespace Heliograph.AppConfiguration.Tests;

/// <summary>The published npm packages, unmodified, against an origin and an agent behind a relay. Their own tests are in tests/AppConfigurationClients.</summary>
public sealed partial class NodeClientsTests
{
    private const int TestsMin = 32; // fewer would mean that some were not found

    [Fact]
    public async Task The_published_clients_do_everything_a_user_would()
    {
        await ClientProcess.RequireNodeAsync();

        // Given a realm with a store, served at the origin and at an agent
        await using var face = await RunningFace.StartAsync();
        await face.LetLoopbackReadAsync();
        await using var relay = await face.StartRelayAsync();
        await using var agent = await face.StartAgentAsync(RunningFace.AddressOf(relay));
        await using var edge = await face.StartEdgeAsync(agent, face.Client.Endpoint);

        // When the packages' tests run
        var ran = await ClientProcess.RunAsync("node", ["--test", "--test-reporter=tap"],
            ("HELIOGRAPH_APPCONFIGURATION", ConnectionString(face.Face, face.WriteKey)), ("HELIOGRAPH_APPCONFIGURATION_AGENT", ConnectionString(edge, face.ReadKey)),
            ("HELIOGRAPH_SHARED", Environment.GetEnvironmentVariable("HELIOGRAPH_SHARED") is { Length: > 0 } shared ? shared : Path.Combine(ClientProcess.Directory, "..", "..", "..", "shared")));

        // Then all pass, and all were there
        TestContext.Current.SendDiagnosticMessage("node: {0} passed, {1} skipped", Count(ran.Output, "pass"), Count(ran.Output, "skipped"));
        foreach (Match figure in Figures().Matches(ran.Output)) TestContext.Current.SendDiagnosticMessage("{0}", figure.Value);
        Assert.True(ran.Code == 0 && Count(ran.Output, "fail") == 0, $"node ended with exit code {ran.Code}.\n{ran.Output}");
        Assert.True(Count(ran.Output, "pass") >= TestsMin, ran.Output);
    }

    private static int Count(string output, string what) => Summary().Matches(output).Where(match => match.Groups[1].Value == what).Sum(match => int.Parse(match.Groups[2].Value, System.Globalization.CultureInfo.InvariantCulture));

    [GeneratedRegex("^#.*(?:seen by the|telemetry vectors).*$", RegexOptions.Multiline)]
    private static partial Regex Figures();

    [GeneratedRegex("^# (pass|fail|skipped) ([0-9]+)$", RegexOptions.Multiline)]
    private static partial Regex Summary();

    private static string ConnectionString(AppConfigurationHost face, AccessKey key) =>
        $"Endpoint=http://{face.Endpoints.Of(ListenProtocol.Http).Address};Id={key.Id};Secret={Convert.ToBase64String(key.Secrets[0].Span)}";
}
