"""婚姻、集体婚礼、地名、社会组织、慈善捐赠: each service through its workflow and papers (domain §6.4–6.8)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from minzheng_desktop.values.errors import UserError
from tests.journeys.relief import VILLAGE, ReliefTown, flat
from tests.journeys.services import PAPER
from tests.journeys.test_funerals import register_of


@pytest.fixture
def town(tmp_path: Path) -> Iterator[ReliefTown]:
    made = ReliefTown(tmp_path)
    yield made
    made.store.close()


def wed(town: ReliefTown, man: str, woman: str, number: str = "J500229-2026-000101", **more: Any) -> str:
    doc = {
        "kind": "1", "reg_date": "2026-09-09", "reg_office": "城口县民政局婚姻登记处", "cert_no": number,
        "domicile": "1", "domicile_village": VILLAGE, "man": man, "man_before": "10", "woman": woman,
        "woman_before": "40", **more,
    }  # fmt: skip
    return town.save("marriage", doc)


def couple(town: ReliefTown, *, born: tuple[str, str] = ("1999-01-01", "2001-02-02")) -> tuple[str, str]:
    return town.person("冉小军", born[0]), town.person("向小兰", born[1], sex="2")


class TestMarriages:
    def test_a_marriage_is_counted_and_changes_the_register(self, town: ReliefTown) -> None:
        """GB/T 2261.2: 21 初婚, 22 再婚, 40 离婚."""
        man, woman = couple(town)
        record = wed(town, man, woman)
        assert town.said == []
        assert town.step(record, "register") == "registered"
        assert [register_of(town, p)["more"]["marital_status"] for p in (man, woman)] == ["21", "22"]
        divorce = {
            "kind": "2", "reg_date": "2026-09-12", "apply_date": "2026-08-05", "man_before": "21", "woman_before": "22",
        }  # fmt: skip
        second = wed(town, man, woman, "L500229-2026-000020", **divorce)
        assert town.said == []
        town.step(second, "register")
        assert [register_of(town, p)["more"]["marital_status"] for p in (man, woman)] == ["40", "40"]
        month = flat(town.list("marriage", "monthly", month="2026-09").data)
        assert all(words in month for words in ("2026年9月婚姻登记统计表", "合　　计"))
        assert "L500229-2026-000020" in flat(town.list("marriage", "book").data)
        with pytest.raises(UserError, match="没有要列在这张表上的"):
            town.list("marriage", "monthly", month="2026-08")

    def test_an_older_entry_made_later_leaves_the_register_alone(self, town: ReliefTown) -> None:
        man, woman = couple(town)
        divorce = wed(town, man, woman, "L500229-2026-000020", kind="2")
        town.step(divorce, "register")
        old = wed(town, man, woman, "J500229-2024-000007", reg_date="2024-05-20")
        town.step(old, "register")
        assert register_of(town, man)["more"]["marital_status"] == "40"

    def test_a_replacement_certificate_changes_nobody(self, town: ReliefTown) -> None:
        man, woman = couple(town)
        record = wed(town, man, woman, "BJ500229-2026-000003", kind="3", man_before=None, woman_before=None)
        town.step(record, "register")
        assert "marital_status" not in register_of(town, man)["more"]

    @pytest.mark.parametrize(
        ("born", "said"),
        [
            (("2004-09-09", "2006-09-09"), []),  # 22 and 20 on that very day (民法典第1047条)
            (("2004-09-10", "2001-02-02"), ["男方登记时不满法定婚龄（22周岁），请核对身份证号和登记日期"]),
            (("1999-01-01", "2006-09-10"), ["女方登记时不满法定婚龄（20周岁），请核对身份证号和登记日期"]),
        ],
    )
    def test_age(self, town: ReliefTown, born: tuple[str, str], said: list[str]) -> None:
        record = wed(town, *couple(town, born=born))
        assert town.said == said
        if said:
            with pytest.raises(UserError, match="法定婚龄"):
                town.step(record, "register")

    @pytest.mark.parametrize(
        ("applied", "warns"), [("2026-08-10", True), ("2026-08-09", False), ("2026-07-10", True)]
    )
    def test_divorce_thirty_days_after_it_was_applied_for(
        self, town: ReliefTown, applied: str, warns: bool
    ) -> None:
        """民法典第1077条: not within 30 days of 9 August (8 September), and within 30 days after."""
        man, woman = couple(town)
        wed(town, man, woman, kind="2", apply_date=applied)
        assert any("第1077条" in said for said in town.said) is warns

    def test_the_same_person_once_a_day(self, town: ReliefTown) -> None:
        man, woman = couple(town)
        wed(town, man, woman)
        with pytest.raises(UserError, match="当天已登记过"):
            wed(town, man, town.person("谭小燕", "2000-01-01", sex="2"), "J500229-2026-000102")

    def test_who_draws_relief_is_listed(self, town: ReliefTown) -> None:
        """Domain §6.4⑥."""
        from tests.journeys.test_children_services import covered

        man, woman = couple(town)
        town.today = town.today.replace(year=2027)
        covered(town, man)  # type: ignore[arg-type]
        record = wed(town, man, woman)
        assert any("重新核定家庭人口" in said for said in town.said)
        town.step(record, "register")
        assert "低保户成员" in flat(town.list("marriage", "relief").data)

    def test_no_certificate_can_be_printed(self, town: ReliefTown) -> None:
        """Domain §9.4: 不可打印结婚证、离婚证、婚姻状况证明."""
        assert town.store.catalog.forms["marriage"].documents == {}


class TestGroupWedding:
    def wedding(self, town: ReliefTown, *couples: dict[str, Any], **more: Any) -> str:
        doc = {
            "event": "首届集体婚礼", "event_date": "2026-09-13", "place": "县文化广场", "sponsor": "县民政局",
            "cost": 2_350_000, "cost_source": "工作经费", "guests": 200, "photos": [PAPER],
            "couples": [{"key": str(n), **c} for n, c in enumerate(couples)], **more,
        }  # fmt: skip
        return town.save("group_wedding", doc)

    def test_couples_are_married_already(self, town: ReliefTown) -> None:
        man, woman = couple(town)
        marriage = wed(town, man, woman)
        town.step(marriage, "register")
        pair = {"man": man, "woman": woman, "cert_no": "J500229-2026-000101", "marriage": marriage}
        other = {
            "man": town.person("谭明", "1998-01-01"), "woman": town.person("田芳", "1999-01-01", sex="2"),
            "cert_no": "J500229-2026-000090", "cert_seen": True,
        }  # fmt: skip
        record = self.wedding(town, pair, other)
        assert town.said == []
        assert town.walk(record, ["hold", "archive"]) == "archived"
        row = town.row(record)
        assert (row["quantity"], row["amount"], row["record_date"]) == (2, 2_350_000, "2026-09-13")
        assert "23,500.00" in flat(town.list("group_wedding", "events").data)
        assert "向小兰" in flat(town.list("group_wedding", "couples").data)
        assert "首届集体婚礼" in town.texts(record)["sheet"]

    def test_a_certificate_that_is_another_is_refused(self, town: ReliefTown) -> None:
        man, woman = couple(town)
        marriage = wed(town, man, woman)
        town.step(marriage, "register")
        record = self.wedding(
            town, {"man": man, "woman": woman, "cert_no": "J500229-2026-000999", "marriage": marriage}
        )
        assert town.said == ["选的婚姻登记不是结婚，或证书字号对不上"]
        with pytest.raises(UserError, match="证书字号对不上"):
            town.step(record, "hold")

    def test_who_showed_no_certificate_is_not_held(self, town: ReliefTown) -> None:
        man, woman = couple(town)
        record = self.wedding(town, {"man": man, "woman": woman, "cert_no": "J500229-2026-000101"})
        with pytest.raises(UserError, match="新人要先登记结婚"):
            town.step(record, "hold")


class TestPlaceNames:
    def name(self, town: ReliefTown, **more: Any) -> str:
        doc = {
            "action": "1", "kind": "04", "name_std": "茶香路", "pinyin": "Chaxiang Lu", "region": VILLAGE,
            "extent": "东起茶丰大桥，西至村委会，长1.2公里", "origin_meaning": "以当地产茶得名",
            "applied_on": "2026-08-03",
            "applicant": "茶丰村委会", "reason": "新建道路没有名称", "sign_count": 2, "sign_state": "2",
            "checked_on": "2026-09-10", "repair": "牌面锈蚀待换", **more,
        }  # fmt: skip
        return town.save("place_name", doc)

    def test_from_application_to_announcement(self, town: ReliefTown) -> None:
        record = self.name(town)
        assert town.said == []
        town.step(record, "apply")
        assert "新建道路没有名称" in town.texts(record)["application"]
        town.change(record, argued_on="2026-08-10", argument="名称规范，群众同意", experts=["周晓岚"])
        town.step(record, "argue")
        town.change(record, authority="4")
        town.step(record, "report")
        town.change(record, approve_doc="城民〔2026〕21号", approve_date="2026-08-28")
        town.step(record, "approve")
        assert town.doc(record)["file_due"] == "2026-09-12"  # 15 days
        town.change(record, filed_date="2026-09-10", announced_date="2026-09-11")
        assert town.said == []
        assert town.walk(record, ["file", "announce"]) == "announced"
        texts = town.texts(record)
        assert all(words in texts["card"] for words in ("地名卡片", "Chaxiang Lu", "以当地产茶得名"))
        assert "茶香路" in texts["announcement"]
        assert "周晓岚" not in texts["announcement"]
        assert "城民〔2026〕21号" in flat(town.list("place_name", "roll").data)
        assert "牌面锈蚀待换" in flat(town.list("place_name", "signs").data)

    def test_filing_after_fifteen_days_is_pointed_out(self, town: ReliefTown) -> None:
        record = self.name(town, approve_date="2026-08-28", filed_date="2026-09-13", authority="4")
        assert town.said == ["超过批准后15日才备案"]
        town.change(record, filed_date="2026-09-12")
        assert town.said == []

    def test_doubles_are_refused_and_the_same_sound_is_pointed_out(self, town: ReliefTown) -> None:
        """Domain §6.6⑥."""
        first = self.name(town, action="4", approve_doc="城民〔2019〕1号", approve_date="2019-03-01")
        town.step(first, "register")
        double = self.name(town)
        with pytest.raises(UserError, match="不应重名"):
            town.step(double, "apply")
        self.name(town, name_std="茶乡路")
        assert town.said == ["本乡镇已有读音相同的地名，避免同音"]

    @pytest.mark.parametrize("name", ["CHA香路", "茶香-路", "茶香路1号", "茶"])
    def test_names_are_written_in_chinese_characters(self, town: ReliefTown, name: str) -> None:
        self.name(town, name_std=name)
        assert len(town.said) == 1

    def test_a_township_is_named_by_the_province(self, town: ReliefTown) -> None:
        record = self.name(town, kind="01", authority="3", argued_on="2026-08-10", argument="同意")
        town.walk(record, ["apply", "argue"])
        with pytest.raises(UserError, match="省级人民政府审批"):
            town.step(record, "report")


class TestSocialOrganisations:
    def organisation(self, town: ReliefTown, **more: Any) -> str:
        doc = {
            "name": "茶丰村老年协会", "facility_kind": "social_org", "kind": "4", "field": "2",
            "legal_person": "冉启明",
            "phone": "13896000001", "village": VILLAGE, "reg_date": "2024-06-01", "member_count": 46, "party_org": "无",
            "filing_no": "XQ-BA-012", "scope": "老年文体活动、互助", **more,
        }  # fmt: skip
        return town.save("social_org", doc)

    def test_filed_checked_put_right_and_closed(self, town: ReliefTown) -> None:
        bad = {
            "key": "2025", "year": 2025, "result": "3", "checked_on": "2026-05-20", "problems": "账目不清",
            "rectify_to": "2026-10-20",
        }  # fmt: skip
        good = {"key": "2024", "year": 2024, "result": "1", "checked_on": "2025-05-18"}
        record = self.organisation(town, annual_checks=[good])
        assert town.said == ["超过年检（年报）期限还没有年检"]  # a year after 2025-05-18
        town.step(record, "register")
        assert "2026-05-18" in flat(town.list("social_org", "overdue").data)
        town.change(record, annual_checks=[good, bad])
        doc = town.doc(record)
        assert town.said == []
        assert (doc["last_year"], doc["next_check"], doc["rectify_due"]) == (2025, "2027-05-20", "2026-10-20")
        assert town.step(record, "rectify") == "rectifying"
        letter = town.texts(record)["rectify_notice"]
        assert all(words in letter for words in ("账目不清", "2026年10月20日"))
        with pytest.raises(UserError, match="整改完成日期"):
            town.step(record, "restore")
        town.change(record, annual_checks=[good, {**bad, "rectified_on": "2026-09-10"}])
        assert town.step(record, "restore") == "active"
        assert "社区社会组织备案表" in town.texts(record)["filing"]
        assert "XQ-BA-012" in flat(town.list("social_org", "roll").data)
        assert "账目不清" in flat(town.list("social_org", "checks").data)
        assert town.step(record, "close") == "closed"

    def test_registered_ones_have_a_sound_code(self, town: ReliefTown) -> None:
        """GB 32100: 51500000MJ0000001 without its check character is none."""
        self.organisation(
            town, kind="1", usci="51500229MJ1234567A", valid_to="2029-06-01", reg_date="2026-06-01"
        )
        assert len(town.said) == 1
        assert "信用代码" in town.said[0]


class TestDonations:
    def money(self, town: ReliefTown, **more: Any) -> str:
        doc = {
            "date": "2026-09-01", "source": "1", "donor_kind": "1", "donor": "城口某茶业公司", "kind": "1",
            "amount": 1_000_000, "purpose": "3", "receiver_kind": "1", "receiver_org": "城口县慈善会", **more,
        }  # fmt: skip
        return town.save("donation", doc)

    def goods(self, town: ReliefTown, *given: dict[str, Any], **more: Any) -> str:
        items = [
            {"key": "q", "name": "棉被", "spec": "6斤", "unit": "床", "quantity": 3, "unit_price": 18_050},
            {"key": "r", "name": "大米", "spec": "10公斤", "unit": "袋", "quantity": 10, "unit_price": 6_000},
        ]
        rows = [{"key": str(n), "given_on": "2026-09-03", **g} for n, g in enumerate(given)]
        return self.money(town, kind="2", amount=None, items=items, distributions=rows, **more)

    def test_goods_are_given_out_to_the_last_piece(self, town: ReliefTown) -> None:
        """3 × 180.50 + 10 × 60.00 = 1,141.50."""
        one, two = town.person("冉光荣", "1950-01-01"), town.person("向大田", "1951-01-01")
        given = [
            {"recipient": one, "item": "q", "quantity": 2}, {"recipient": two, "item": "q", "quantity": 1},
            {"recipient": two, "item": "r", "quantity": 4, "signer": "向成贵（子）"},
        ]  # fmt: skip
        record = self.goods(town, *given, receipt_no="CQ0007", sign_sheet=[PAPER])
        assert town.said == []
        town.walk(record, ["receive", "receipt"])
        doc = town.doc(record)
        assert (doc["total_value"], doc["given_value"], doc["balance"]) == (114_150, 78_150, 36_000)
        assert [i["left"] for i in doc["items"]] == [0, 6]
        with pytest.raises(UserError, match="还没有分配完"):
            town.step(record, "distribute")
        home = {"key": "9", "given_on": "2026-09-04", "group": "修齐镇敬老院", "item": "r", "quantity": 6}
        town.change(record, distributions=[*doc["distributions"], home], publicize_date="2026-09-10")
        assert town.walk(record, ["distribute", "publicize"]) == "publicized"
        assert (town.row(record)["amount"], town.row(record)["quantity"]) == (114_150, 2)
        roll = flat(town.list("donation", "recipients").data)
        assert all(words in roll for words in ("冉光荣", "棉被", "修齐镇敬老院", "361.00", "1,141.50"))
        texts = town.texts(record)
        assert all(
            words in texts["registration"] for words in ("捐赠接收登记单", "大米", "壹仟壹佰肆拾壹元伍角")
        )
        assert "城口某茶业公司" in texts["published"]

    def test_not_more_than_was_received(self, town: ReliefTown) -> None:
        """Domain §6.8⑥, piece by piece and in all."""
        person = town.person("冉光荣", "1950-01-01")
        self.goods(town, {"recipient": person, "item": "q", "quantity": 4})
        assert town.said == ["分配的数量多于接收的数量"]
        money = {"key": "1", "recipient": person, "money": 1_000_001, "given_on": "2026-09-03"}
        self.money(town, distributions=[money])
        assert town.said == ["分配合计多于接收合计"]

    def test_who_gets_the_same_twice_is_seen(self, town: ReliefTown) -> None:
        person = town.person("冉光荣", "1950-01-01")
        twice = [{"recipient": person, "item": "r", "quantity": 1}] * 2
        self.goods(town, *twice)
        assert len(town.said) == 1

    def test_a_township_raises_no_money_in_public(self, town: ReliefTown) -> None:
        """慈善法: 公开募捐 is for charities with that standing."""
        record = self.money(town, source="2", receiver_kind="3", receiver_org="修齐镇人民政府")
        assert any("不能自行公开募捐" in said for said in town.said)
        with pytest.raises(UserError, match="不能自行公开募捐"):
            town.step(record, "receive")

    def test_who_stays_unnamed_is_a_kind_heart_in_public(self, town: ReliefTown) -> None:
        record = self.money(town, anonymous=True, donor="谭孝明", donor_kind="2")
        town.step(record, "receive")
        notice = town.texts(record)["published"]
        assert "爱心人士" in notice
        assert "谭孝明" not in notice
        assert "100.0%" not in flat(town.list("donation", "purposes").data)
        assert "10,000.00" in flat(town.list("donation", "book").data)
