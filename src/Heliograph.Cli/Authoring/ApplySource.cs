// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using Heliograph.Cli.Import;
using Heliograph.Cli.Terminal;

namespace Heliograph.Cli.Authoring;

/// <summary>One namespace's share of what is applied.</summary>
/// <param name="Plan">Its settings.</param>
/// <param name="Labels">Labels that the documents speak for; <see langword="null"/> for all. The empty text is "without label".</param>
internal sealed record ApplyTarget(ImportPlan Plan, IReadOnlySet<string>? Labels);

/// <summary>The options that say what is applied where, and the reading of it. Everything is read and checked before anything is sent.</summary>
internal sealed class ApplySource
{
    private readonly Argument<NamespaceName?> _namespace = Inputs.OptionalNamespace("Where. May be left out for an export file and for a directory of services.");
    private readonly Option<string> _file = new("--file", "-f") { Required = true, HelpName = "PATH", Description = "A document (JSON, YAML, .env, properties), an export, a directory of settings files, a directory of such directories, or - for standard input." };
    private readonly Option<string?> _label = Inputs.Label("Label of every setting. Default: none; in a directory, the environment in the file's name.");
    private readonly Option<string> _prefix = new("--prefix") { HelpName = "PREFIX", DefaultValueFactory = _ => "", Description = "Put before every key, such as Shop:." };
    private readonly Option<string?> _asValue = new("--as-value") { HelpName = "KEY", Description = "Store the whole document as one value of type application/json under this key." };
    private readonly Option<string> _namespacePrefix = new("--namespace-prefix") { HelpName = "PREFIX", DefaultValueFactory = _ => "", Description = "For a directory of services: put before every namespace, such as shop. (with the dot)." };
    private readonly Option<string> _format = new("--format") { HelpName = "auto|json|yaml|env|properties|heliograph", DefaultValueFactory = _ => "auto", Description = "What the file is. Default: an export if it says so, else what its name says, else JSON." };

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        _format.AcceptOnlyFromAmong(["auto", .. DocumentFormats.Names, "heliograph"]);
        command.Add(_namespace);
        command.Add(_file);
        command.Add(_label);
        command.Add(_prefix);
        command.Add(_asValue);
        command.Add(_namespacePrefix);
        command.Add(_format);
    }

    /// <summary>The prefix of the keys that are applied.</summary>
    public string Prefix(Invocation run) => run.Value(_prefix)!;

    /// <summary>Whether standard input is read for the document, so that nobody can answer a question there.</summary>
    public bool IsStandardInput(Invocation run) => run.Value(_file) == "-";

    /// <summary>Reads it all.</summary>
    /// <exception cref="CommandException">Something cannot be read or is refused; every fault is named.</exception>
    public async Task<IReadOnlyList<ApplyTarget>> ReadAsync(Invocation run, CancellationToken cancellationToken)
    {
        try
        {
            var path = run.Value(_file)!;
            var targets = path != "-" && Directory.Exists(path)
                ? await ReadDirectoryAsync(run, path, cancellationToken)
                : [await ReadFileAsync(run, path, cancellationToken)];
            foreach (var target in targets) CheckSize(target.Plan);
            return targets;
        }
        catch (ImportException refused)
        {
            throw refused.ToCommandException();
        }
    }

    private async Task<ApplyTarget> ReadFileAsync(Invocation run, string path, CancellationToken cancellationToken)
    {
        var content = await ValueSource.ReadDocumentAsync(path, run.Terminal, cancellationToken);
        var source = path == "-" ? "standard input" : path;
        var (name, label, format) = (run.Optional(_namespace), run.Value(_label), run.Value(_format));
        if (run.Value(_asValue) is { } key)
            return new(new(name ?? throw NoNamespace(), [JsonSettings.ReadAsValue(content, source, Inputs.SettingKey(Prefix(run) + key, label))]), new HashSet<string>());
        if (format == "heliograph" || (format == "auto" && DocumentFormats.OfFile(path) == DocumentFormat.Json && ExportDocument.IsExport(DocumentText.ToUtf8(content, source).Span)))
        {
            if (run.IsGiven(_label) || run.IsGiven(_prefix)) throw new CommandException(ExitCode.Usage, "An export holds labels and whole keys; --label and --prefix do not apply.");
            var export = ExportDocument.Read(content, source);
            return new(new(name ?? export.Namespace, export.Settings), Labels: null);
        }
        var written = format is "auto" or "heliograph" ? DocumentFormats.OfFile(path) : DocumentFormats.Parse(format!);
        return new(new(name ?? throw NoNamespace(), DocumentFormats.Read(written, content, source, label, Prefix(run))), new HashSet<string> { label ?? "" });
    }

    private async Task<IReadOnlyList<ApplyTarget>> ReadDirectoryAsync(Invocation run, string path, CancellationToken cancellationToken)
    {
        if (run.IsGiven(_label) || run.IsGiven(_asValue)) throw new CommandException(ExitCode.Usage, "--label and --as-value are for a single file.");
        if (run.Value(_format) != "auto") throw new CommandException(ExitCode.Usage, "--format is for a single file; in a directory each file's name says it.");
        if (run.Optional(_namespace) is { } single) return [await ReadServiceAsync(run, single, SettingsDirectory.Files(path), cancellationToken)];
        var targets = new List<ApplyTarget>();
        foreach (var (name, files) in SettingsDirectory.Namespaces(path, run.Value(_namespacePrefix)!))
            targets.Add(await ReadServiceAsync(run, name, files, cancellationToken));
        return targets;
    }

    private async Task<ApplyTarget> ReadServiceAsync(Invocation run, NamespaceName name, SettingsFiles found, CancellationToken cancellationToken)
    {
        if (found.Files.Count == 0) throw new CommandException(ExitCode.Usage, $"The directory holds no file of settings: {SettingsDirectory.Expected}.", run.Value(_file));
        if (found.LeftOut.Count > 0) run.Output.Say($"Left out, for their names are none of files of settings: {string.Join(", ", found.LeftOut)}.");
        var (settings, places, faults) = (new List<ImportedSetting>(), new Dictionary<(string, string), string>(), new List<string>());
        foreach (var file in found.Files)
        {
            var read = DocumentFormats.Read(file.Format, await ValueSource.ReadDocumentAsync(file.Path, run.Terminal, cancellationToken), file.Path, file.Label, Prefix(run));
            foreach (var setting in read)
                if (!places.TryAdd((setting.Key.Key.ToUpperInvariant(), setting.Key.Label ?? ""), Path.GetFileName(file.Path))) faults.Add($"'{setting.Key}' stands in {places[(setting.Key.Key.ToUpperInvariant(), setting.Key.Label ?? "")]} and in {Path.GetFileName(file.Path)}.");
            settings.AddRange(read);
        }
        if (faults.Count > 0) throw new ImportException(Path.GetDirectoryName(found.Files[0].Path)!, faults);
        return new(new(name, settings), found.Files.Select(file => file.Label ?? "").ToHashSet());
    }

    /// <summary>Refuses more settings than one changeset takes.</summary>
    public static void CheckSize(ImportPlan plan)
    {
        if (plan.Settings.Count > Limits.ChangesetOperationsMax)
            throw new CommandException(ExitCode.Usage, $"{plan.Namespace} would get {plan.Settings.Count} settings at once; a changeset has at most {Limits.ChangesetOperationsMax} operations.",
                next: "Store the document as one value (--as-value KEY), or split it into several files and apply them one by one.");
    }

    private static CommandException NoNamespace() => new(ExitCode.Usage, "No namespace is named.", next: "helio apply NAMESPACE -f FILE");
}
