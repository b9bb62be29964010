// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Cli.Import;

/// <summary>A setting as a document gives it, before it meets a namespace.</summary>
/// <param name="Key">Key and label, within the grammar.</param>
/// <param name="Value">Its value.</param>
/// <param name="ContentType"><see cref="JsonSettings.JsonContentType"/> for values that are JSON, <see langword="null"/> for plain text.</param>
/// <param name="Tags">Tags, empty for none.</param>
/// <param name="IsLocked">Whether it is locked.</param>
internal sealed record ImportedSetting(SettingKey Key, string Value, string? ContentType, IReadOnlyDictionary<string, string> Tags, bool IsLocked = false);
