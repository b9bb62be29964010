// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Access;
using Heliograph.Core.Sequencing;
using Heliograph.Platform.Files;

namespace Heliograph.Origin.Access;

/// <summary>The first administrator of a realm: a token written once to a file that only the origin's user can read.</summary>
internal static class AdminToken
{
    /// <summary>Name of the file in the data directory, mode 0600.</summary>
    public const string FileName = "admin.token";

    private const string Subject = "admin", Actor = "heliograph";
    private const int DaysMax = 3_650;

    /// <summary>Gives a realm that has no token its first one, with the roles of an administrator. Repeating it after a crash anywhere completes it.</summary>
    /// <exception cref="IOException">The file cannot be written or read, or the log did not take the change.</exception>
    public static async Task EnsureAsync(Sequencer sequencer, Credentials credentials, string directory, TimeProvider time, CancellationToken cancellationToken)
    {
        if (credentials.Tokens.Count > 0) return;
        var token = Load(Path.Combine(directory, FileName)); // before the log knows it: a token that was never written down helps nobody
        var now = time.GetUtcNow();
        await SubmitAsync(sequencer, NamespaceName.Realm, "heliograph:bootstrap:roles", "The first administrator's roles.",
            [Role("roles/admin", "*"), Role("roles/realm-admin", "heliograph.*")], cancellationToken);
        await SubmitAsync(sequencer, NamespaceName.Credentials, $"heliograph:bootstrap:token:{token.Id}", "The first administrator's token.",
            [new TokenRecord(token.SecretHash.ToString(), Subject, now, now.AddDays(DaysMax)).ToSetting(token.Id)], cancellationToken);
    }

    private static Setting Role(string key, string namespaces) =>
        Setting.Of(key, $$"""{"subject":"{{Subject}}","role":"admin","namespaces":"{{namespaces}}"}""", contentType: "application/json");

    private static ApiToken Load(string path)
    {
        if (!File.Exists(path)) ProtectedFile.Write(path, ApiToken.Create().Reveal() + "\n", ProtectedFile.OwnerOnly, replace: false);
        return ApiToken.TryParse(ProtectedFile.ReadSecret(path).AsSpan().TrimEnd(), out var token)
            ? token
            : throw new IOException($"{path} does not hold an API token. Remove it to get a new one.");
    }

    private static async Task SubmitAsync(Sequencer sequencer, NamespaceName name, string requestId, string message, IEnumerable<Setting> settings, CancellationToken cancellationToken)
    {
        var changeset = new Changeset(name, [.. settings.Select(setting => new SettingOperation.Put(setting))], message);
        var result = await sequencer.SubmitAsync(new Submission.Change(changeset, Actor, requestId) { IsByOrigin = true }, cancellationToken);
        if (result is not (SubmitResult.Committed or SubmitResult.Duplicate or SubmitResult.Unchanged))
            throw new IOException($"The realm's first administrator could not be recorded: {result.GetType().Name}.");
    }
}
