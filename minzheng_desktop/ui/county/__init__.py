"""What the county sees: 汇总看板, 接收, 审批."""
