// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using System.Globalization;
using Heliograph.Cli.Api;
using Heliograph.Cli.Authoring;
using Heliograph.Cli.Pinning;
using Heliograph.Cli.Terminal;

namespace Heliograph.Cli.Fleet;

/// <summary><c>helio explain INSTANCE NS KEY</c>: which value an instance runs with, from which revision, by whom, since when, and why not a newer one.</summary>
internal sealed class ExplainCommand : Command
{
    private readonly Argument<string> _instance = new("instance") { Description = "The instance's id ('helio fleet NS' lists them)." };
    private readonly Argument<NamespaceName> _namespace = Inputs.Namespace();
    private readonly Argument<string> _key = Inputs.Key();
    private readonly Option<string?> _label = Inputs.Label("That label only. Default: the layer that the instance takes the value from.");

    public ExplainCommand(Shell shell) : base("explain", "Explain the value that an instance runs with.")
    {
        Add(_instance);
        Add(_namespace);
        Add(_key);
        Add(_label);
        shell.Handle(this, RunAsync);
    }

    private async Task<ExitCode> RunAsync(Invocation run, CancellationToken cancellationToken)
    {
        var key = Inputs.SettingKey(run.Value(_key), run.Value(_label));
        using var api = run.Connect();
        var explained = await api.ExplainAsync(run.Value(_instance), run.Value(_namespace), key, cancellationToken);
        run.Output.Result(explained, ApiJson.Plain.ExplainView, it => Write(run.Output, it));
        return ExitCode.Success;
    }

    private static void Write(Output output, ExplainView it)
    {
        var rows = new List<IReadOnlyList<string>>
        {
            (string[])["instance", $"{it.Instance.Id} ({it.Instance.Service}, {it.Instance.Region}{(it.Instance.Host is null ? "" : $", {it.Instance.Host}")})"],
            (string[])["state", it.Connected == false ? $"disconnected; last heard of {When(it.LastSeenAt)}" : InstanceTable.State(it.Instance)],
            (string[])["runs", $"{it.Namespace} {it.Instance.Revision ?? "none"}, applied {When(it.Instance.AppliedAt)}"],
            (string[])["key", it.Label is null ? it.Key : $"{it.Key}@{it.Label}"],
            (string[])["layer", Layer(it)],
            (string[])["value", it.Setting is null ? "not set" : ChangeReport.Shown(it.Setting)],
            (string[])["changed", $"{it.Revision ?? "never"}{By(it.ChangedBy, it.ChangedAt, it.Message)}"],
        };
        if (it.Newest is { } newest && newest.Revision != it.Revision)
            rows.Add((string[])["newest", $"{ChangeReport.Shown(newest.Setting)}, {newest.Revision}{By(newest.ChangedBy, newest.ChangedAt, newest.Message)}"]);
        if (it.LocalOverrides is { Count: > 0 } local) rows.Add((string[])["overridden", $"on its host, by {PrintableText.OneLine(string.Join(", ", local), 200)}: the application sees a value that only that host knows"]);
        if (it.Pin is { } pin) rows.Add((string[])["pinned", PinsCommand.Shown(pin)]);
        if (it.Why is not null) rows.Add((string[])["why", it.Why]);
        output.Table(["", ""], rows);
    }

    private static string Layer(ExplainView it)
    {
        if (it.Layer is not { } layer) return "not known: the instance does not say what its configuration is made of, or takes the key from none of it";
        var text = $"{layer.Number} of {layer.Of}: {Of(layer.Namespace, layer.Label)}";
        return it.OverriddenBy is { } above ? $"{text}; the application sees layer {above.Number} above it: {above.Key} in {Of(above.Namespace, above.Label)}" : text;

        static string Of(string name, string? label) => label is null ? name : $"{name}@{label}";
    }

    private static string By(string? who, DateTimeOffset? at, string? message) =>
        $"{(who is null ? "" : $" by {who}")}{(at is null ? "" : $" at {When(at)}")}{(string.IsNullOrEmpty(message) ? "" : $": {PrintableText.OneLine(message, 200)}")}";

    private static string When(DateTimeOffset? at) => at?.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss.fff 'UTC'", CultureInfo.InvariantCulture) ?? "at an unknown time";
}
