// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using Heliograph.Cli.Terminal;
using Heliograph.Cli.Tiers;
using Heliograph.Core.Heads;
using Heliograph.Hosting.Grpc;
using Heliograph.Platform.Trust;
using Spectre.Console;

namespace Heliograph.Cli.Doctor;

/// <summary><c>helio doctor</c>: finds and explains the usual troubles. It changes nothing.</summary>
internal sealed class DoctorCommand : Command
{
    private readonly Option<string?> _certificate = new("--cert") { HelpName = "FILE", Description = "PEM file: the certificate that a tier here would show." };
    private readonly Option<string?> _key = new("--key") { HelpName = "FILE", Description = "PEM file: its private key." };
    private readonly Option<string?> _trust = new("--trust") { HelpName = "FILE", Description = "Trust file that pins the realm's head keys. Default: that of the context, if the server is its own." };
    private readonly Option<Uri[]> _parents = TierOptions.ParentsToTry();
    private readonly Option<Uri[]> _listen = TierOptions.Listen("An address that a tier is to listen on: is it free? May be repeated. Try it before the tier runs.");
    private readonly Option<string?> _data = new("--data") { HelpName = "DIRECTORY", Description = "Where a tier keeps its data: writable, and with room? Default: that of the context." };
    private readonly Option<int> _freeMin = new("--disk-free-min") { HelpName = "MIB", DefaultValueFactory = _ => 1_024, Description = "Less free space than this is trouble. Default: 1024 MiB." };
    private readonly Option<NamespaceName?> _namespace = new("--namespace") { HelpName = "NAMESPACE", CustomParser = Inputs.ParseOptionalNamespace, Description = "Whose watch is tried. Default: the first that you may read." };
    private readonly Option<TimeSpan> _patience = new("--patience") { HelpName = "DURATION", CustomParser = Duration.Parse, DefaultValueFactory = _ => TimeSpan.FromSeconds(5), Description = "How long the first sign of a watch may take, up to 9s. Default: 5s." };

    public DoctorCommand(Shell shell) : base("doctor", "Find and explain the usual troubles: clock, certificates, ports, disk, parents, trust, versions, proxies, tokens.")
    {
        foreach (var option in new Option[] { _certificate, _key, _trust, _parents, _listen, _data, _freeMin, _namespace, _patience }) Add(option);
        Validators.Add(result =>
        {
            if (result.GetValue(_certificate) is null != result.GetValue(_key) is null) result.AddError("--cert and --key go together.");
            if (result.ValueOrDefault(_patience) is var patience && (patience <= TimeSpan.Zero || patience > TimeSpan.FromSeconds(9))) result.AddError("--patience is above 0 and up to 9s: a watch gives a sign of life every 10 s.");
            if (result.ValueOrDefault(_freeMin) < 0) result.AddError("--disk-free-min is 0 or more.");
        });
        shell.Handle(this, RunAsync);
    }

    private async Task<ExitCode> RunAsync(Invocation run, CancellationToken cancellationToken)
    {
        var findings = new List<Finding>();
        var settings = Settings(run, findings);
        var context = run.Context;
        var anchor = Anchor(run.Value(_trust) ?? (settings is not null && context is not null && context.IsAt(settings.Server) ? context.Trust : null), findings);
        var judge = Judge(run, findings);

        if (settings is not null) findings.AddRange(await new ServerCheck(run, settings, anchor, run.Value(_namespace), run.Value(_patience)).RunAsync(cancellationToken));
        findings.AddRange(OwnFilesCheck.Run(run.Value(_certificate), run.Value(_key), judge, anchor));
        findings.AddRange(await ParentsAsync(run, anchor, judge, findings, cancellationToken));
        var listen = run.Value(_listen) ?? [];
        findings.AddRange(listen.Length > 0 ? listen.Select(PlaceChecks.Port) : [Finding.Skipped(CheckNames.Port, "No --listen is given.")]);
        findings.Add((run.Value(_data) ?? context?.DataDirectory) is { } data ? PlaceChecks.Disk(data, run.Value(_freeMin)) : Finding.Skipped(CheckNames.Disk, "No --data is given."));

        var view = new DoctorView(findings.Count(finding => finding.IsTrouble), findings.Count(finding => finding.State == "warning"), findings);
        run.Output.Result(view, DoctorJson.Plain.DoctorView, it => Write(run.Output, it));
        return view.Troubles > 0 ? ExitCode.Troubled : ExitCode.Success;
    }

    private static ConnectionSettings? Settings(Invocation run, List<Finding> findings)
    {
        try
        {
            return run.Connection();
        }
        catch (CommandException none) when (none.Kind == ConnectionSettings.NoServer)
        {
            findings.Add(Finding.Skipped(CheckNames.Server, "No server is named: --server, HELIOGRAPH_SERVER or a context."));
        }
        catch (CommandException wrong)
        {
            findings.Add(Finding.Trouble(CheckNames.Server, wrong.Where is null ? wrong.Message : $"{wrong.Message} ({wrong.Where})", wrong.Next ?? "Correct the address."));
        }
        return null;
    }

    private static TrustAnchor? Anchor(string? file, List<Finding> findings)
    {
        if (file is null) return null;
        try
        {
            return TrustFile.Load(file);
        }
        catch (Exception exception) when (exception is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            findings.Add(Finding.Trouble(CheckNames.Trust, $"The trust file {file} cannot be used: {exception.Message}", "Bring the realm's trust file here by a trusted way."));
            return null;
        }
    }

    private CertificateJudge? Judge(Invocation run, List<Finding> findings)
    {
        if (run.AuthorityFile is not { } file || (run.Value(_certificate) is null && run.Value(_parents) is not { Length: > 0 })) return null;
        try
        {
            return new CertificateJudge(CertificateJudge.Authorities(file), run.Terminal.Time.GetUtcNow());
        }
        catch (CommandException unreadable)
        {
            findings.Add(Finding.Trouble(CheckNames.Certificate, $"{unreadable.Message} ({file})", "Give the PEM file of the realm's authority: --ca or HELIOGRAPH_CA."));
            return null;
        }
    }

    private async Task<IReadOnlyList<Finding>> ParentsAsync(Invocation run, TrustAnchor? anchor, CertificateJudge? judge, List<Finding> before, CancellationToken cancellationToken)
    {
        if (run.Value(_parents) is not { Length: > 0 } parents) return [Finding.Skipped(CheckNames.Parent, "No --parent is given.")];
        if (anchor is null) return [Finding.Skipped(CheckNames.Parent, "Parents are greeted for a realm: give its --trust.")];
        if (before.Any(finding => finding is { IsTrouble: true, Check: CheckNames.Certificate or CheckNames.Key or CheckNames.Clock })) return [Finding.Skipped(CheckNames.Parent, "First the certificate, key or clock above: no parent would be believed, or believe.")];
        var findings = new List<Finding>();
        var check = new ParentCheck(anchor, run.AuthorityFile, run.Value(_certificate), run.Value(_key), judge, run.Terminal.Time, run.Timeout < TimeSpan.FromSeconds(10) ? run.Timeout : TimeSpan.FromSeconds(10));
        var progress = new Terminal.Progress(run.Terminal, "parents", parents.Length);
        foreach (var parent in parents)
        {
            findings.Add(await check.RunAsync(parent, cancellationToken));
            progress.Report(findings.Count, parent.OriginalString);
        }
        progress.Clear();
        return findings;
    }

    private static void Write(Output output, DoctorView view)
    {
        foreach (var finding in view.Checks)
        {
            var color = finding.State switch { "trouble" => Color.Red, "warning" => Color.Yellow, "ok" => Color.Green, _ => Color.Grey };
            output.Line($"{finding.State,-8} {finding.Check,-12} {PrintableText.OneLine(finding.What, int.MaxValue)}", color);
            if (finding.Next is not null) output.Line($"{"",22}next: {PrintableText.OneLine(finding.Next, int.MaxValue)}");
        }
        output.Line(view.Troubles + view.Warnings == 0 ? "No trouble was found." : $"{view.Troubles} troubles, {view.Warnings} warnings.");
    }
}
