// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Replicas;
using Heliograph.Protocol;
using Heliograph.Protocol.Wire;
using Xunit;

namespace Heliograph.Replication.Tests.Protocol;

public sealed class PositionsTests
{
    [Fact]
    public void Revisions_travel_and_absence_is_none()
    {
        Assert.Equal(new Revision(int.MaxValue, long.MaxValue), new Revision(int.MaxValue, long.MaxValue).ToWire().ToRevision());
        Assert.Equal(Revision.None, ((Position?)null).ToRevision());
        Assert.Equal(Revision.None, new Position().ToRevision());
    }

    [Theory]
    [InlineData(uint.MaxValue, 1UL)]
    [InlineData(1U, ulong.MaxValue)]
    public void Revisions_that_cannot_be_break_the_protocol(uint epoch, ulong sequence) =>
        Assert.Throws<ProtocolException>(() => new Position { Epoch = epoch, Sequence = sequence }.ToRevision());

    [Fact]
    public void Every_refusal_has_a_wire_name_of_its_own()
    {
        var names = Enum.GetValues<RefusalCode>().Select(RefusalCodes.ToWire).ToList();

        Assert.Equal(names.Count, names.Distinct(StringComparer.Ordinal).Count());
        Assert.All(names, name => Assert.Matches("^[a-z]+(_[a-z]+)*$", name));
    }

    [Theory]
    [InlineData(1U, 1U, 1U)]
    [InlineData(1U, 7U, 1U)]
    [InlineData(0U, 1U, 1U)]
    public void The_newest_version_that_both_speak_is_chosen(uint min, uint max, uint chosen) => Assert.Equal(chosen, ProtocolVersion.Negotiate(min, max));

    [Theory]
    [InlineData(2U, 3U)]
    [InlineData(0U, 0U)]
    [InlineData(5U, 1U)]
    public void Without_a_common_version_there_is_none(uint min, uint max) => Assert.Null(ProtocolVersion.Negotiate(min, max));
}
