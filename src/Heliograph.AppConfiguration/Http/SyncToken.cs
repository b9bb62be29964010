// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Text;
using System.Text;

namespace Heliograph.AppConfiguration.Http;

/// <summary>The contract's Sync-Token: a revision of the log. Who shows one gets answers that hold at least what it has seen.</summary>
internal static class SyncToken
{
    private const string Id = "heliograph";
    private const int EpochShift = 40; // sn must grow over epochs, too, and fit the 53 bits of a client's number

    /// <summary>The header's value: <c>id=base64;sn=n</c>.</summary>
    public static string Format(Revision revision) =>
        string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{Id}={Base64Url.EncodeToString(Encoding.ASCII.GetBytes(revision.ToString()))};sn={((long)Math.Max(0, revision.Epoch - 1) << EpochShift) + revision.Sequence}");

    /// <summary>The newest revision that the header's tokens name; <see cref="Revision.None"/> if there is none of ours that can be read.</summary>
    public static Revision Parse(string? header)
    {
        var newest = Revision.None;
        if (string.IsNullOrEmpty(header)) return newest;
        foreach (var token in header.Split(',', 32, StringSplitOptions.TrimEntries))
        {
            if (!token.StartsWith(Id + "=", StringComparison.Ordinal)) continue;
            var value = token.AsSpan(Id.Length + 1);
            if (value.IndexOf(';') is var end and >= 0) value = value[..end];
            if (value.Length > 64 || !Base64Url.IsValid(value)) continue;
            if (Revision.TryParse(Encoding.ASCII.GetString(Base64Url.DecodeFromChars(value)), out var seen) && seen.IsAfter(newest)) newest = seen;
        }
        return newest;
    }
}
