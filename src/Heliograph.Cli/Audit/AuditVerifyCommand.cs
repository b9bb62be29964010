// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Heliograph.Cli.Api;
using Heliograph.Cli.Terminal;
using Heliograph.Core.Audit;

namespace Heliograph.Cli.Audit;

/// <summary>What a verification found.</summary>
internal sealed record AuditReport(IReadOnlyList<AuditChainReport> Chains);

/// <summary>What it found in one chain. <c>fault</c>, <c>file</c> and <c>line</c> only where something is wrong.</summary>
internal sealed record AuditChainReport(
    string? Chain, string? LogId, string? Node, long Records, long First, long Last, string LastHash, long Scars, string? Fault, string? File, long? Line);

/// <summary><c>helio audit verify PATH…</c>: follows a chain hash by hash. Asks no server.</summary>
internal sealed class AuditVerifyCommand : Command
{
    private readonly Argument<string[]> _paths = new("path") { Arity = ArgumentArity.OneOrMore, Description = "An exported chain, files of one chain in their order, or an origin's directory 'audit' with all." };
    private readonly Option<(long Number, Hash256 Hash)[]> _anchors = new("--anchor") { HelpName = "NUMBER:HASH", AllowMultipleArgumentsPerToken = false, CustomParser = ParseAnchors, Description = "A record that must be there, from the journal or an earlier export: finds what was cut off or written anew. Of one chain; may stand several times." };

    public AuditVerifyCommand(Shell shell) : base("verify", "Check offline that an audit chain is whole and unchanged.")
    {
        Add(_paths);
        Add(_anchors);
        shell.Handle(this, RunAsync);
    }

    private async Task<ExitCode> RunAsync(Invocation run, CancellationToken cancellationToken)
    {
        var chains = Chains(run.Value(_paths));
        var anchors = new Dictionary<long, Hash256>();
        foreach (var (number, hash) in run.Value(_anchors) ?? []) anchors[number] = hash;
        if (anchors.Count > 0 && chains.Count > 1) throw new CommandException(ExitCode.Usage, "An anchor is of one chain; the directory holds several.", "--anchor", "Name the files of the chain: DIR/changes-*.log, DIR/accepted-*.log or DIR/denied-*.log.");
        var reports = new List<AuditChainReport>();
        foreach (var files in chains) reports.Add(await VerifyAsync(files, anchors, cancellationToken));
        run.Output.Result(new AuditReport(reports), ApiJson.Plain.AuditReport, report =>
        {
            foreach (var chain in report.Chains) Tell(run, chain);
        });
        return reports.All(report => report.Fault is null) ? ExitCode.Success : ExitCode.Failure;
    }

    private static List<List<string>> Chains(string[] paths)
    {
        if (paths is not [var only] || !Directory.Exists(only)) return [[.. paths]];
        var chains = new[] { AuditChains.Changes, AuditChains.Accepted, AuditChains.Denied }.Select(chain => Directory.EnumerateFiles(only, $"{chain}-*.log").Order(StringComparer.Ordinal).ToList()).Where(files => files.Count > 0).ToList();
        return chains.Count > 0 ? chains : throw new CommandException(ExitCode.NotFound, "The directory holds no audit chain.", only, "Name the directory 'audit' of an origin's data directory, or an exported file.");
    }

    private static async Task<AuditChainReport> VerifyAsync(IReadOnlyList<string> files, Dictionary<long, Hash256> anchors, CancellationToken cancellationToken)
    {
        var verifier = new AuditVerifier(anchors);
        foreach (var path in files)
        {
            byte[] bytes;
            try { bytes = await File.ReadAllBytesAsync(path, cancellationToken); }
            catch (Exception fault) when (fault is IOException or UnauthorizedAccessException) { throw new CommandException(ExitCode.Usage, $"It cannot be read: {fault.Message}", path); }
            var (at, number) = (0, 0L);
            while (at < bytes.Length)
            {
                number++;
                var length = bytes.AsSpan(at).IndexOf((byte)'\n');
                var fault = length < 0 ? AuditFault.HalfALine : verifier.Next(bytes.AsMemory(at, length));
                if (fault is not null) return Report(verifier, fault, path, number);
                at += length + 1;
            }
        }
        return Report(verifier, verifier.Chain is null ? AuditFault.NotTheBeginning : verifier.End(), files[^1], null);
    }

    private static AuditChainReport Report(AuditVerifier it, AuditFault? fault, string file, long? line) =>
        new(it.Chain, it.LogId, it.Node, it.Records, it.First, it.Last, it.LastHash.ToString(), it.Scars, fault?.ToString(), fault is null ? null : file, line);

    private static void Tell(Invocation run, AuditChainReport chain)
    {
        if (chain.Fault is null)
        {
            run.Output.Line($"{chain.Chain}: {chain.Records} record(s), {chain.First} to {chain.Last}, whole and unchanged. Anchor: {chain.Last}:{chain.LastHash}");
            if (chain.Scars > 0) run.Output.Line($"  {chain.Scars} record(s) say that the origin cut off half a record or set a damaged file aside.");
            return;
        }
        run.Output.Line($"{chain.Chain ?? "?"}: NOT what was written: {chain.Fault} after record {chain.Last}");
        run.Output.Line($"  where: {chain.File}{(chain.Line is { } line ? $", line {line}" : "")}");
        run.Output.Line("  next:  docs/reference/audit-log.md says what each fault means. Keep the files as they are; compare with an export, another origin and the journal.");
    }

    private static (long, Hash256)[]? ParseAnchors(ArgumentResult result)
    {
        var anchors = new List<(long, Hash256)>();
        foreach (var token in result.Tokens)
        {
            var colon = token.Value.IndexOf(':', StringComparison.Ordinal);
            if (colon > 0 && long.TryParse(token.Value.AsSpan(0, colon), NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0 && Hash256.TryParse(token.Value.AsSpan(colon + 1), out var hash)) anchors.Add((number, hash));
            else result.AddError($"'{PrintableText.OneLine(token.Value, 80)}' is no anchor. Write NUMBER:HASH, as 'helio audit export' prints it.");
        }
        return [.. anchors];
    }
}
