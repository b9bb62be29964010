// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using System.Globalization;
using Heliograph.Cli.Api;
using Heliograph.Cli.Freezing;
using Heliograph.Cli.Pinning;
using Heliograph.Cli.Terminal;

namespace Heliograph.Cli.Fleet;

/// <summary><c>helio status</c>: is the realm up, how far is it, who am I there, and does the fleet follow.</summary>
internal sealed class StatusCommand : Command
{
    public StatusCommand(Shell shell) : base("status", "Show the realm, your role, and whether the fleet follows.") => shell.Handle(this, RunAsync);

    private static async Task<ExitCode> RunAsync(Invocation run, CancellationToken cancellationToken)
    {
        using var api = run.Connect();
        var realm = await api.GetRealmAsync(cancellationToken);
        var freezes = await KnownAsync(async () => (await api.ListFreezesAsync(cancellationToken)).Items);
        var pins = await KnownAsync(async () => (await api.ListPinsAsync(cancellationToken)).Items);
        var status = new StatusView(api.Server.ToString(), realm, freezes, pins, await FleetAsync(run, api, cancellationToken));
        run.Output.Result(status, ApiJson.Plain.StatusView, it => Write(run, it));
        return ExitCode.Success;
    }

    // An origin of an earlier version has no pins; whoever has no role is told of none.
    private static async Task<IReadOnlyList<T>?> KnownAsync<T>(Func<Task<IReadOnlyList<T>>> ask)
    {
        try
        {
            return await ask();
        }
        catch (CommandException failure) when (failure.Code is ExitCode.NotAuthorized or ExitCode.NotFound)
        {
            return null; // null in JSON: not known
        }
    }

    private static async Task<IReadOnlyList<FleetNamespace>?> FleetAsync(Invocation run, ApiClient api, CancellationToken cancellationToken)
    {
        try
        {
            return (await api.GetFleetAsync(null, cancellationToken)).Namespaces;
        }
        catch (CommandException failure) when (failure.Code is ExitCode.NotAuthorized or ExitCode.NotFound)
        {
            run.Output.Say($"The fleet is not shown: {PrintableText.OneLine(failure.Message, 200)}");
            return null;
        }
    }

    private static void Write(Invocation run, StatusView status)
    {
        var realm = status.Realm;
        var issued = realm.HeadIssuedAt is { } at
            ? $"{at.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture)} UTC, {(run.Terminal.Time.GetUtcNow() - at).TotalSeconds:0} s ago"
            : "unknown";
        run.Output.Table(["", ""], new IReadOnlyList<string>[]
        {
            ["server", status.Server],
            ["realm", realm.Realm],
            ["log id", realm.LogId],
            ["revision", realm.Revision],
            ["head issued", issued],
            ["version", realm.Version ?? "unknown"],
            ["log", Scrubbed(realm.Scrub)],
            ["your role", realm.Role ?? "none"],
        });
        foreach (var freeze in status.Freezes ?? []) Stop(run.Output, $"{FreezeListCommand.Scope(freeze)} is frozen {FreezeListCommand.Shown(freeze)}");
        foreach (var pin in status.Pins ?? []) Stop(run.Output, $"{pin.Namespace} is pinned {PinsCommand.Shown(pin)}");
        if (status.Fleet is not { Count: > 0 } fleet) return;
        run.Output.Line();
        FleetCommand.Summary(run.Output, fleet);
    }

    private static void Stop(Output output, string line) => output.Line(line, Spectre.Console.Color.Yellow);

    /// <summary>What the origin's last scrub of its log came to.</summary>
    private static string Scrubbed(ScrubStatus? scrub) => scrub switch
    {
        null => "unknown",
        { At: null } => "not scrubbed since the origin's start",
        { State: "whole", At: { } at } => $"whole: {scrub.Entries} entries scrubbed by {at.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture)} UTC",
        _ => PrintableText.OneLine($"{scrub.State}: {scrub.Reason}", 400),
    };
}
