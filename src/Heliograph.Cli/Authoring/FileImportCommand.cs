// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using Heliograph.Cli.Import;
using Heliograph.Cli.Terminal;

namespace Heliograph.Cli.Authoring;

/// <summary><c>helio import json|yaml|env|properties NS --from-file PATH</c>: a document, whatever its name, as settings of one label.</summary>
internal sealed class FileImportCommand : Command
{
    private readonly Argument<NamespaceName> _namespace = Inputs.Namespace();
    private readonly Option<string> _file = new("--from-file") { Required = true, HelpName = "PATH", Description = "The document, or - for standard input." };
    private readonly Option<string?> _label = Inputs.Label("Label of every setting. Default: none.");
    private readonly Option<string> _prefix = new("--prefix") { HelpName = "PREFIX", DefaultValueFactory = _ => "", Description = "Put before every key, such as Shop:." };
    private readonly Applying _applying = new();
    private readonly DocumentFormat _format;

    public FileImportCommand(Shell shell, DocumentFormat format)
        : base(DocumentFormats.Names[(int)format], $"Import a document of settings: {(format switch { DocumentFormat.Json => "JSON", DocumentFormat.Yaml => "YAML", DocumentFormat.Env => ".env", _ => "Java properties" })}.")
    {
        _format = format;
        Add(_namespace);
        Add(_file);
        Add(_label);
        Add(_prefix);
        _applying.AddTo(this);
        shell.Handle(this, RunAsync);
    }

    private async Task<ExitCode> RunAsync(Invocation run, CancellationToken cancellationToken)
    {
        var (path, label, prefix) = (run.Value(_file)!, run.Value(_label), run.Value(_prefix)!);
        _applying.RequireSomebody(run, path == "-");
        try
        {
            var content = await ValueSource.ReadDocumentAsync(path, run.Terminal, cancellationToken);
            var plan = new ImportPlan(run.Value(_namespace), DocumentFormats.Read(_format, content, path == "-" ? "standard input" : path, label, prefix));
            ApplySource.CheckSize(plan);
            return await _applying.RunAsync(run, [new(plan, new HashSet<string> { label ?? "" })], prefix, cancellationToken);
        }
        catch (ImportException refused)
        {
            throw refused.ToCommandException();
        }
    }
}
