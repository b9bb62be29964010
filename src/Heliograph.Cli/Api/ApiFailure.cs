// SPDX-License-Identifier: Apache-2.0
using System.Net;
using System.Text.Json;
using Heliograph.Cli.Terminal;

namespace Heliograph.Cli.Api;

/// <summary>One attempt that gave no result: what is known of it, and what it means for the command.</summary>
/// <param name="What">What went wrong, for the reader.</param>
/// <param name="Code">Exit code if this attempt is the last.</param>
/// <param name="IsTransient">Whether the same call may succeed a moment later.</param>
/// <param name="PerhapsWritten">Whether a change may have been written all the same.</param>
internal sealed record ApiFailure(string What, ExitCode Code, bool IsTransient = false, bool PerhapsWritten = false)
{
    private const int ProblemBytesMax = 1 << 20;

    /// <summary>The reader's next step.</summary>
    public string? Next { get; init; }

    /// <summary>Each single fault.</summary>
    public IReadOnlyList<string> Details { get; init; } = [];

    /// <summary>When the server wants to be asked again.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>The problem's kind, such as <c>revision_conflict</c>.</summary>
    public string? Kind { get; init; }

    /// <summary>No answer within the time given.</summary>
    public static ApiFailure TimedOut(TimeSpan timeout) => new($"No answer within {timeout.TotalSeconds:0.###} s.", ExitCode.Unreachable, IsTransient: true, PerhapsWritten: true)
    {
        Next = "See whether the origin is up ('helio status'), or give it longer: --timeout 2m.",
    };

    /// <summary>The connection could not be made, or broke.</summary>
    public static ApiFailure Of(HttpRequestException exception)
    {
        var notSent = exception.HttpRequestError is HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError
            or HttpRequestError.SecureConnectionError or HttpRequestError.ProxyTunnelError;
        var isTls = exception.HttpRequestError == HttpRequestError.SecureConnectionError;
        return new(isTls ? $"The server's certificate or handshake was not accepted: {Innermost(exception)}" : $"The server cannot be reached: {Innermost(exception)}",
            ExitCode.Unreachable, IsTransient: !isTls, PerhapsWritten: !notSent)
        {
            Next = isTls
                ? "Give the realm's certificate authority with --ca, and check the name in the address."
                : "Check the address (--server, HELIOGRAPH_SERVER), and that the origin runs; 'helio dev' starts one.",
        };
    }

    /// <summary>Reads a refusal of the server.</summary>
    public static async Task<ApiFailure> ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var problem = await ReadProblemAsync(response, cancellationToken);
        var kind = problem?.Type?.TrimEnd('/').Split('/')[^1];
        var (code, transient, perhapsWritten) = Meaning(response.StatusCode, kind);
        var said = problem?.Detail ?? problem?.Title ?? response.ReasonPhrase;
        return new($"{said} ({(int)response.StatusCode}{(kind is null ? "" : $" {kind}")})", code, transient, perhapsWritten)
        {
            Kind = kind,
            Next = NextSteps.For(kind, response.StatusCode),
            Details = problem is null ? [] : [.. Faults(problem)],
            RetryAfter = response.Headers.RetryAfter?.Delta,
        };
    }

    /// <summary>The exception that ends the command.</summary>
    /// <param name="call">The call that failed.</param>
    /// <param name="server">Where it was sent.</param>
    /// <param name="perhapsWritten">Whether this or an earlier attempt may have been written.</param>
    public CommandException ToException(ApiCall call, Uri server, bool perhapsWritten)
    {
        var where = $"{call.Method} {new Uri(server, call.Path)}";
        if (!perhapsWritten || Code is not (ExitCode.Unreachable or ExitCode.OutcomeUnknown or ExitCode.Failure)) return new(Code, What, where, Next, Details) { Kind = Kind };
        return new(ExitCode.OutcomeUnknown, $"The change may or may not have been written. {What}", where, call.IdempotencyKey is { } key
            ? $"Repeat the command with --idempotency-key {key}: it has one effect at most. Or read first."
            : "Read first what is there, then decide.", Details);
    }

    private static (ExitCode Code, bool Transient, bool PerhapsWritten) Meaning(HttpStatusCode status, string? kind) => ((int)status, kind) switch
    {
        (401 or 403, _) => (ExitCode.NotAuthorized, false, false),
        (404 or 410, _) => (ExitCode.NotFound, false, false),
        (503, "read_only") or (507, _) => (ExitCode.Refused, false, false), // stays so until an operator has acted
        (408 or 429 or 503, _) => (ExitCode.Unreachable, true, false), // by contract: nothing was written
        (502 or 504, _) => (ExitCode.Unreachable, true, true),
        ( >= 400 and < 500, _) => (ExitCode.Refused, false, false),
        _ => (ExitCode.Failure, false, (int)status >= 500),
    };

    private static IEnumerable<string> Faults(ProblemView problem)
    {
        foreach (var fault in problem.Errors ?? []) yield return string.IsNullOrEmpty(fault.Path) ? fault.Message ?? "" : $"{fault.Path}: {fault.Message}";
        foreach (var failed in problem.Failed ?? []) yield return $"{Name(failed)}: required is {failed.Required ?? "something else"}, it {(failed.Etag is null ? "does not exist" : $"has etag {failed.Etag}")}";
        foreach (var locked in problem.Locked ?? []) yield return $"{Name(locked)} is locked";
    }

    private static string Name(ProblemSetting setting) => setting.Label is null ? $"{setting.Key}" : $"{setting.Key}@{setting.Label}";

    private static async Task<ProblemView?> ReadProblemAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        if (response.Content.Headers.ContentType?.MediaType is not ("application/problem+json" or "application/json")) return null;
        var bytes = await response.Content.ReadAsByteArrayAsync(cancellationToken);
        if (bytes.Length > ProblemBytesMax) return null;
        try
        {
            return JsonSerializer.Deserialize(bytes, ApiJson.Default.ProblemView);
        }
        catch (JsonException)
        {
            return null; // a proxy's page: the status alone is reported
        }
    }

    private static string Innermost(Exception exception)
    {
        while (exception.InnerException is not null) exception = exception.InnerException;
        return exception.Message;
    }
}
