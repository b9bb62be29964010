// SPDX-License-Identifier: Apache-2.0
using System.Net;
using System.Text;
using Microsoft.Data.Sqlite;
using Xunit;
using static Heliograph.Origin.Tests.RunningOrigin;

namespace Heliograph.Origin.Tests.Http;

/// <summary>An origin that is asked for more than it does.</summary>
public sealed class OverloadTests
{
    [Fact]
    public async Task A_change_that_is_too_much_is_refused_before_its_body_is_read_and_others_are_not()
    {
        // Given an origin in which one change of a namespace may wait, whose log somebody holds up
        await using var origin = await StartAsync(sequencing: new() { QueueShareMax = 1 });
        await origin.SeedAsync("shop", ("key", "0"));
        using var author = await origin.ClientForAsync("amy", "author", "shop");
        using var reader = await origin.ClientForAsync("bob", "reader", "shop");
        using var foreign = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = Path.Combine(origin.Directory, "log.db"), Pooling = false }.ToString());
        await foreign.OpenAsync(Cancel);
        await ExecuteAsync(foreign, "BEGIN IMMEDIATE");
        var patient = new[] { origin.Admin, author }.Select(PutPatientlyAsync).ToList(); // soon one is being appended, and one waits

        // When the author asks for more, in words that would be refused if they were read
        foreach (var (path, method) in new[] { ("setting?key=key", HttpMethod.Put), ("changes", HttpMethod.Post) })
        {
            using var tooMuch = await UntilNotBadAsync(() => SendAsync(author, method, $"/api/v1/namespaces/shop/{path}", "nothing that is JSON"));

            // Then they are told when to come again
            Assert.Equal(HttpStatusCode.TooManyRequests, tooMuch.StatusCode);
            Assert.InRange(tooMuch.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, 4);
        }

        // and who only asks what would be, or may not ask at all, is told what they always are
        using (var dry = await SendAsync(author, HttpMethod.Post, "/api/v1/namespaces/shop/changes?dryRun=true", "nothing that is JSON")) Assert.Equal(HttpStatusCode.BadRequest, dry.StatusCode);
        using (var other = await PutAsync(reader, "2")) Assert.Equal(HttpStatusCode.Forbidden, other.StatusCode);

        // And what was taken in is done
        await ExecuteAsync(foreign, "ROLLBACK");
        Assert.Equal([HttpStatusCode.OK, HttpStatusCode.OK], await Task.WhenAll(patient));
        using var again = await PutAsync(author, "3");
        Assert.Equal(HttpStatusCode.OK, again.StatusCode);
    }

    private static async Task<HttpStatusCode> PutPatientlyAsync(HttpClient client, int number)
    {
        while (true)
        {
            using var answer = await PutAsync(client, $"patient {number}");
            if (answer.StatusCode != HttpStatusCode.TooManyRequests) return answer.StatusCode;
            await Task.Delay(10, Cancel);
        }
    }

    /// <summary>Asks until it is not answered that the body is bad; at most 200 times.</summary>
    private static async Task<HttpResponseMessage> UntilNotBadAsync(Func<Task<HttpResponseMessage>> ask)
    {
        for (var tries = 1; ; tries++)
        {
            var answer = await ask();
            if (answer.StatusCode != HttpStatusCode.BadRequest || tries == 200) return answer;
            answer.Dispose();
            await Task.Delay(10, Cancel);
        }
    }

    private static Task<HttpResponseMessage> PutAsync(HttpClient client, string value) => SendAsync(client, HttpMethod.Put, "/api/v1/namespaces/shop/setting?key=key", $$"""{"value":"{{value}}"}""");

    private static async Task<HttpResponseMessage> SendAsync(HttpClient client, HttpMethod method, string path, string body)
    {
        using var request = new HttpRequestMessage(method, path) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        return await client.SendAsync(request, Cancel);
    }

    private static async Task ExecuteAsync(SqliteConnection connection, string statement)
    {
        await using var command = connection.CreateCommand();
#pragma warning disable CA2100 // two constants above
        command.CommandText = statement;
#pragma warning restore CA2100
        await command.ExecuteNonQueryAsync(Cancel);
    }
}
