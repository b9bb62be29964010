// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace Heliograph.Cli.Terminal;

/// <summary>Arguments and options that several commands share, read and checked in one place.</summary>
internal static class Inputs
{
    /// <summary>A namespace.</summary>
    public static Argument<NamespaceName> Namespace(string description = "The namespace, such as payments.checkout.prod.") =>
        new("namespace") { Description = description, CustomParser = ParseNamespace };

    /// <summary>A namespace that may be left out.</summary>
    public static Argument<NamespaceName?> OptionalNamespace(string description) =>
        new("namespace") { Description = description, Arity = ArgumentArity.ZeroOrOne, CustomParser = result => result.Tokens.Count == 0 ? null : ParseNamespace(result) };

    /// <summary>A key.</summary>
    public static Argument<string> Key() => new("key") { Description = "The key, such as Basket:Max." };

    /// <summary>A label to write to or read from.</summary>
    public static Option<string?> Label(string description = "The label. Default: none.") => new("--label", "-l") { HelpName = "LABEL", Description = description };

    /// <summary>A revision of the log.</summary>
    public static Option<string?> AtRevision(string name, string description)
    {
        var option = new Option<string?>(name) { HelpName = "REVISION", Description = description };
        option.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && !Revision.TryParse(result.Tokens[0].Value, out _)) result.AddError(NoRevision(result.Tokens[0].Value));
        });
        return option;
    }

    /// <summary>A revision of the log.</summary>
    public static Argument<string> RevisionArgument(string name, string description)
    {
        var argument = new Argument<string>(name) { Description = description };
        argument.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && !Revision.TryParse(result.Tokens[0].Value, out _)) result.AddError(NoRevision(result.Tokens[0].Value));
        });
        return argument;
    }

    /// <summary>What an option will have: the value given, or its default. While a command line is validated, defaults are not filled in yet. For one that cannot be read, which is said of the option itself, its default as well: so rules go on to what else is wrong.</summary>
    public static T? ValueOrDefault<T>(this CommandResult result, Option<T> option)
    {
        try
        {
            if (result.GetResult(option) is { } given) return given.GetValueOrDefault<T>();
        }
        catch (InvalidOperationException unread) when (unread.Source == typeof(Option).Assembly.GetName().Name) { }
        return option.HasDefaultValue && option.GetDefaultValue() is T value ? value : default; // asked for a default that it has not, one with a parser of its own ends the validation without a word
    }

    /// <summary>Key and label as one.</summary>
    /// <exception cref="CommandException">Outside the grammar.</exception>
    public static SettingKey SettingKey(string key, string? label) =>
        Heliograph.SettingKey.TryCreate(key, label, out var result, out var fault) ? result : throw new CommandException(ExitCode.Usage, fault);

    /// <summary>Reads <c>100%</c> or <c>99.5</c>: above 0, to 100.</summary>
    public static double? ParsePercent(ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        if (double.TryParse(text.AsSpan().TrimEnd('%'), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var percent) && percent is > 0 and <= 100) return percent;
        result.AddError($"'{text}' is no share of the fleet. Write a percentage above 0: 100%, 99.5%.");
        return null;
    }

    /// <summary>Reads <c>name=value</c> pairs; no name twice.</summary>
    public static IReadOnlyDictionary<string, string>? ParseTags(ArgumentResult result)
    {
        var tags = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var token in result.Tokens)
        {
            var split = token.Value.IndexOf('=', StringComparison.Ordinal);
            if (split <= 0) result.AddError($"'{token.Value}' is no tag. Write name=value.");
            else if (!tags.TryAdd(token.Value[..split], token.Value[(split + 1)..])) result.AddError($"The tag '{token.Value[..split]}' stands twice.");
        }
        return tags;
    }

    /// <summary>Reads the one token of an option as a namespace.</summary>
    public static NamespaceName? ParseOptionalNamespace(ArgumentResult result) => ParseNamespace(result);

    private static NamespaceName ParseNamespace(ArgumentResult result)
    {
        if (NamespaceName.TryParse(result.Tokens[0].Value, out var name, out var fault)) return name;
        result.AddError($"'{PrintableText.OneLine(result.Tokens[0].Value, 80)}' is no namespace. {fault}");
        return default;
    }

    private static string NoRevision(string text) => $"'{PrintableText.OneLine(text, 80)}' is no revision. Write epoch.sequence, such as 1.48213.";
}
